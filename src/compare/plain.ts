import { isSeenObject, type Seen } from './seen.ts';

/** A value of its own for an application's `compare`: what it does to it changes nothing for anybody. */
export function plain(value: Seen): unknown {
  if (!isSeenObject(value)) return value;
  switch (value.is) {
    case 'list':
      return value.of.map(plain);
    case 'set':
      return new Set(value.of.map(plain));
    case 'record': {
      const entries = [...value.of].map(([key, field]) => [key, plain(field)] as const);
      return value.isMap ? new Map(entries) : Object.fromEntries(entries);
    }
    case 'time':
      return new Date(value.of);
    case 'bytes':
      return value.of.slice();
    case 'decimal':
      return value.of;
    case 'error':
      return Object.assign(new Error(value.message), { name: value.of });
    case 'unseen':
      return undefined;
  }
}

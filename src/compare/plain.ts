import { isSeenObject, type Seen } from './seen.ts';

/** A value of its own for an application's `compare`: what it does to it changes nothing for anybody. */
export function plain(value: Seen): unknown {
  if (!isSeenObject(value)) return value;
  switch (value.is) {
    case 'list':
      return value.items.map(plain);
    case 'set':
      return new Set(value.items.map(plain));
    case 'record': {
      const entries = [...value.fields].map(([key, field]) => [key, plain(field)] as const);
      return value.isMap ? new Map(entries) : Object.fromEntries(entries);
    }
    case 'time':
      return new Date(value.ms);
    case 'bytes':
      return value.bytes.slice();
    case 'decimal':
      return value.text;
    case 'error':
      return Object.assign(new Error(value.message), { name: value.class });
    case 'unseen':
      return undefined;
  }
}

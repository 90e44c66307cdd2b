import { isSeenObject, type Seen } from './seen.ts';

/** The value again, for the application's own code: what that does to it changes nothing for anybody. */
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
      return value.own;
    case 'error':
      return Object.assign(new Error(value.message), { name: value.of });
    case 'unseen':
      return undefined;
  }
}

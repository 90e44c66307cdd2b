import { randomUUID } from 'node:crypto';

/** Sticky keys of different lengths, enough of them that no cache of one key helps anybody. */
export const KEYS: readonly string[] = Array.from(
  { length: 8_192 },
  (_, index) => `user-${((index * 2_654_435_761) % 4_294_967_296).toString(36)}`,
);

/** The key of the n-th operation. */
export function keyAt(operation: number): string {
  return KEYS[operation & 8_191] ?? '';
}

/** As databases make them: three times as long, and the cost of a hash grows with it. */
const LONG_KEYS: readonly string[] = Array.from(KEYS, () => randomUUID());

export function longKeyAt(operation: number): string {
  return LONG_KEYS[operation & 8_191] ?? '';
}

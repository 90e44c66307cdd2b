import { murmur3 } from '../kernel/index.ts';

/**
 * Where a sticky key stands in 0..9999, in 1/100 of a percent. The exposure is not part of the hash: whoever is
 * below a threshold is below every higher one too, so raising it moves nobody back. 32 bits are scaled by
 * multiplication, which is even to 1 in 400,000.
 */
export function bucket(salt: string, key: string): number {
  return Math.floor((murmur3(`${salt}:${key}`) * 10_000) / 4_294_967_296);
}

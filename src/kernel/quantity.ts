import { CutoverError } from './errors.ts';

/**
 * A threshold as plans write it: `0.5%` is 0.005, `75ms` is 75 (milliseconds), `150MB` is 150,000,000 (bytes,
 * decimal), `10MB/h` is bytes an hour, a bare number is itself.
 */
export type Quantity = number | string;

const FACTOR: Readonly<Record<string, number>> = {
  '': 1,
  '%': 0.01,
  ms: 1,
  s: 1_000,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

/**
 * The number that a quantity stands for, in the base unit: ratio, milliseconds or bytes (an hour).
 *
 * @throws CutoverError `USAGE` for a text that is not a quantity, and for NaN and infinities.
 */
export function parseQuantity(quantity: Quantity): number {
  if (typeof quantity === 'number' && Number.isFinite(quantity)) return quantity;
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*(%|ms|s|B|KB|MB|GB|)(?:\/h)?\s*$/.exec(String(quantity));
  const factor = FACTOR[match?.[2] ?? ''];
  if (match === null || factor === undefined) {
    throw new CutoverError('USAGE', `${JSON.stringify(quantity)} is not a quantity`, {
      hint: 'write a number, 0.5%, 75ms, 150MB or 10MB/h',
    });
  }
  return Number(match[1]) * factor;
}

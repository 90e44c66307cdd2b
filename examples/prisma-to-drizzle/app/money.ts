import type { BasisPoints, Cents, Line } from './types.ts';

/** `1299.00` to 129900, digit by digit: a float on the way would be a cent off sooner or later. */
export function centsOf(decimal: string): Cents {
  return scaled(decimal, 2);
}

/** `0.2200` to 2200. */
export function basisPointsOf(decimal: string): BasisPoints {
  return scaled(decimal, 4);
}

export function decimalOf(cents: Cents): string {
  return unscaled(cents, 2);
}

export function rateOf(tax: BasisPoints): string {
  return unscaled(tax, 4);
}

/** Tax is rounded half up for each line, as it is printed on the receipt. */
export function totalsOf(lines: readonly Line[], taxExempt: boolean) {
  const subtotal = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const taxed = lines.map((line) => Math.floor((line.quantity * line.unitPrice * line.tax + 5_000) / 10_000));
  const tax = taxExempt ? 0 : taxed.reduce((sum, one) => sum + one, 0);
  return { subtotal, tax, total: subtotal + tax };
}

function scaled(decimal: string, places: number): number {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  const value = Number(whole + fraction.padEnd(places, '0'));
  if (whole === '' || fraction.length > places || !Number.isSafeInteger(value))
    throw new RangeError(`${decimal} is not a decimal with ${places} places`);
  return sign === '-' && value !== 0 ? -value : value;
}

function unscaled(value: number, places: number): string {
  const digits = String(Math.abs(value)).padStart(places + 1, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

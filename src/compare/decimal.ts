/** `-12.5` as sign, digits without zeros at either end, and the power of ten of the last digit: one form a number. */
const NUMERAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:e([+-]?\d{1,4}))?$/i;

/**
 * The one text of a number, so that two spellings of it are equal: `12.50`, `12.5` and `1.25e1` are `125e-1`.
 * `undefined` for a text that is no number in a database's spelling: `007` and ` 7` are texts.
 */
export function canonicalDecimal(text: string): string | undefined {
  const match = NUMERAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const digits = whole + fraction;
  const kept = digits.replace(/0+$/, '');
  const first = kept.replace(/^0+/, '');
  return first === ''
    ? '0'
    : `${sign}${first}e${Number(power) - fraction.length + digits.length - kept.length}`;
}

/** A share of the value that binary floating point loses in a sum of some terms. */
const FLOAT_ERROR = 1e-12;

/**
 * How two different numbers may be one: `digits`, when they differ by what binary floating point, or a column of single
 * precision, cannot hold; `rounded`, when one is the other rounded or cut to fewer decimals.
 */
export function lossBetween(one: string, other: string): 'digits' | 'rounded' | undefined {
  const [a, b] = [Number(one), Number(other)];
  // Two whole numbers that a double can hold are two numbers.
  if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return undefined;
  const apart = Math.abs(a - b);
  if (Math.sign(a) !== Math.sign(b) || !(apart < Infinity)) return undefined;
  if (apart <= FLOAT_ERROR * Math.max(Math.abs(a), Math.abs(b)) || Math.fround(a) === Math.fround(b))
    return 'digits';
  const [left, right] = [scaleOf(one), scaleOf(other)];
  const least = Math.min(left, right);
  // Nobody rounds 0.3 to 0; and what is apart by a unit of the last digit that is left is not rounded.
  const mayBe = left !== right && (least > 0 || Math.abs(left < right ? a : b) >= 1);
  return mayBe && apart < 10 ** -least ? 'rounded' : undefined;
}

/** Digits behind the point that a text writes, zeros included. */
function scaleOf(text: string): number {
  return NUMERAL.exec(text)?.[3]?.length ?? 0;
}

/** `-12.5` as sign, digits without zeros at either end, and the power of ten of the last digit: one form a number. */
const NUMERAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:e([+-]?\d{1,4}))?$/i;

/**
 * The one text of a number, so that two spellings of it are equal: `12.50`, `12.5` and `1.25e1` are `125e-1`.
 * `undefined` for a text that is no number in a database's spelling: `007` and ` 7` are texts.
 */
export function canonicalDecimal(text: string): string | undefined {
  const match = NUMERAL.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${sign}${kept}e${Number(power) - fraction.length + digits.length - kept.length}`;
}

/** Digits behind the point that a text writes, zeros included. */
export function scaleOf(text: string): number {
  return NUMERAL.exec(text)?.[3]?.length ?? 0;
}

/** A share of the value that binary floating point loses in a sum of some terms. */
const FLOAT_ERROR = 1e-12;

/** Whether two different numbers are one that binary floating point, or a column of single precision, cannot hold. */
export function isFloatError(one: string, other: string): boolean {
  const [a, b] = [Number(one), Number(other)];
  if (!areComparable(a, b)) return false;
  if (Math.abs(a - b) <= FLOAT_ERROR * Math.max(Math.abs(a), Math.abs(b))) return true;
  return Math.fround(a) === Math.fround(b);
}

/** Whether one of two numbers is the other rounded or cut to fewer decimals. */
export function isRounded(one: string, other: string): boolean {
  const [a, b] = [Number(one), Number(other)];
  const scale = Math.min(scaleOf(one), scaleOf(other));
  if (!areComparable(a, b) || scaleOf(one) === scaleOf(other)) return false;
  const short = scaleOf(one) === scale ? a : b;
  if (scale === 0 && Math.abs(short) < 1) return false;
  // Less than a unit of the last digit that is left.
  return Math.abs(a - b) < 10 ** -scale;
}

/** Two whole numbers that a double can hold are two numbers. */
function areComparable(a: number, b: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b) || Math.sign(a) !== Math.sign(b)) return false;
  return !(Number.isSafeInteger(a) && Number.isSafeInteger(b));
}

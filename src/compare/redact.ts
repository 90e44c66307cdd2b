import { canonicalDecimal } from './decimal.ts';
import { momentOf } from './moment.ts';
import { isSeenObject, type Seen } from './seen.ts';

/** What of a sample may be stored. Paths as a mismatch names them. */
export type RedactOptions = {
  /** Texts that may be shown: statuses, codes. */
  readonly show?: readonly string[];
  /** What is never shown, whatever it is. */
  readonly hide?: readonly string[];
};

/** Names of columns whose values are nobody's business, in any spelling. */
const PERSONAL =
  /pass|secret|token|auth|cookie|session|credential|salt|hash|ssn|iban|bic|card|cvv|mail|phone|mobile|fax|name|street|address|city|zip|postal|birth|gender|latitude|longitude|\bip\b/i;

/** Longer numerals are numbers of accounts, cards and telephones. */
const MOST_DIGITS = 10;
const MOST_SHOWN = 120;
const MOST_MEMBERS = 5;

/**
 * A value as it may be stored. Numbers of few digits, times, booleans, `null` and texts that spell one of these are shown; every
 * other text is only described, unless `show` names its place.
 *
 * @param path where it stands, for all rows alike
 */
export function redact(value: Seen, path: string, options: RedactOptions): string {
  return redacted(value, path, options).slice(0, MOST_SHOWN);
}

function redacted(value: Seen, path: string, options: RedactOptions): string {
  const column = /([^.[\]]*)(?:\[\])*$/.exec(path)?.[1] ?? '';
  const isShown = options.show?.includes(path) === true;
  if (options.hide?.includes(path) === true || (!isShown && PERSONAL.test(column) && isTelling(value)))
    return described(value);
  if (typeof value === 'string')
    return isShown || isHarmless(value) ? JSON.stringify(value) : described(value);
  if (typeof value === 'bigint' || typeof value === 'number') {
    const text = typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : String(value);
    const isLong = Number.isInteger(Number(value)) && text.replace(/\D/g, '').length > MOST_DIGITS;
    return isLong && !isShown ? described(value) : text;
  }
  if (!isSeenObject(value)) return String(value);
  switch (value.is) {
    case 'list': {
      const items = value.items.slice(0, MOST_MEMBERS).map((item) => redacted(item, `${path}[]`, options));
      return `${value.of === 'set' ? 'Set ' : ''}[${more(items, value.items.length)}]`;
    }
    case 'record': {
      const fields = [...value.fields].slice(0, MOST_MEMBERS);
      const texts = fields.map(
        ([key, field]) => `${key}: ${redacted(field, path === '' ? key : `${path}.${key}`, options)}`,
      );
      return `${value.of === 'map' ? 'Map ' : ''}{ ${more(texts, value.fields.size)} }`;
    }
    case 'time':
      return Number.isNaN(value.ms) ? 'an invalid time' : `Date ${new Date(value.ms).toISOString()}`;
    case 'decimal':
      return `Decimal ${value.text}`;
    case 'bytes':
    case 'error':
    case 'unseen':
      return described(value);
  }
}

function more(texts: readonly string[], all: number): string {
  return all > texts.length ? [...texts, `… ${all} in all`].join(', ') : texts.join(', ');
}

/** `true`, `null` and the like say nothing about a person. */
function isTelling(value: Seen): boolean {
  return value !== null && value !== undefined && typeof value !== 'boolean';
}

function isHarmless(text: string): boolean {
  if (text === '' || momentOf(text) !== undefined) return true;
  return canonicalDecimal(text) !== undefined && text.replace(/\D/g, '').length <= MOST_DIGITS;
}

function described(value: Seen): string {
  if (typeof value === 'string') return `‹text of ${value.length}›`;
  if (!isSeenObject(value)) return `‹${typeof value}›`;
  switch (value.is) {
    case 'list':
      return `‹list of ${value.items.length}›`;
    case 'record':
      return `‹record of ${value.fields.size}›`;
    case 'bytes':
      return `‹${value.bytes.length} bytes›`;
    // The class is the program's own word; the message may quote what a user typed.
    case 'error':
      return `‹${value.class}›`;
    case 'time':
    case 'decimal':
      return `‹${value.is}›`;
    case 'unseen':
      return `‹${value.what}›`;
  }
}

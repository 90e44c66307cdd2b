import { canonicalDecimal } from './decimal.ts';
import { textOf } from './identity.ts';
import { momentOf } from './moment.ts';
import { classOf } from './scalar.ts';
import { isBytes, isList, isRecord, isSeenObject, type Seen, type SeenObject } from './seen.ts';

/** What of a sample may be stored. Paths as a mismatch names them. */
export type RedactOptions = {
  /** Texts that may be shown: statuses, codes. */
  readonly show?: readonly string[];
  /** What is never shown, whatever it is. */
  readonly hide?: readonly string[];
};

/** Paths of columns whose values are nobody's business, in any spelling. */
const PERSONAL =
  /(?:pass|secret|token|auth|cookie|session|credential|salt|hash|ssn|iban|bic|card|cvv|mail|phone|mobile|fax|name|street|address|city|zip|postal|birth|gender|latitude|longitude|\bip\b)[^.[\]]*(?:\[\])*$/i;

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
  const isShown = options.show?.includes(path);
  // `true`, `null` and the like say nothing about a person.
  const isTelling = value != null && typeof value !== 'boolean';
  if (options.hide?.includes(path) || (!isShown && isTelling && PERSONAL.test(path))) return described(value);
  if (!isSeenObject(value)) {
    if (!isShown && !isHarmless(value)) return described(value);
    return Object.is(value, -0) ? '-0' : textOf(value);
  }
  switch (value.is) {
    case 'list':
    case 'set': {
      const items = value.of.slice(0, MOST_MEMBERS).map((item) => redacted(item, `${path}[]`, options));
      return `${value.is === 'set' ? 'Set ' : ''}[${listed(items, value.of.length)}]`;
    }
    case 'record': {
      const texts = [...value.of]
        .slice(0, MOST_MEMBERS)
        .map(([key, field]) => `${key}: ${redacted(field, path ? `${path}.${key}` : key, options)}`);
      return `${value.isMap ? 'Map ' : ''}{ ${listed(texts, value.of.size)} }`;
    }
    case 'time':
      return Number.isNaN(value.of) ? 'an invalid time' : `Date ${new Date(value.of).toISOString()}`;
    case 'decimal':
      return `Decimal ${value.of}`;
    default:
      return described(value);
  }
}

function listed(texts: readonly string[], all: number): string {
  return [...texts, ...(all > texts.length ? [`… ${all} in all`] : [])].join(', ');
}

/** Of a value that holds no others. */
function isHarmless(value: Exclude<Seen, SeenObject>): boolean {
  const text = String(value);
  const isShort = text.replace(/\D/g, '').length <= MOST_DIGITS;
  if (typeof value === 'string')
    return text === '' || !!momentOf(text) || (!!canonicalDecimal(text) && isShort);
  return isShort || !Number.isInteger(Number(value));
}

/** The class of an error is the program's own word; its message may quote what a user typed. */
function described(value: Seen): string {
  const isError = isSeenObject(value) && value.is === 'error';
  const size = sizeOf(value);
  return `‹${isError ? value.of : classOf(value)}${size === undefined ? '' : ` of ${size}`}›`;
}

function sizeOf(value: Seen): number | undefined {
  if (isRecord(value)) return value.of.size;
  const sized = isList(value) || isBytes(value) ? value.of : value;
  return typeof sized === 'string' || (typeof sized === 'object' && sized !== null && 'length' in sized)
    ? sized.length
    : undefined;
}

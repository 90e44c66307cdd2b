import { canonicalDecimal } from './decimal.ts';
import { textOf } from './identity.ts';
import { momentOf } from './moment.ts';
import { classOf } from './scalar.ts';
import { isBytes, isList, isRecord, isSeenObject, type Seen } from './seen.ts';

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
  const isHidden = options.hide?.includes(path) || (!options.show?.includes(path) && isPersonal(value, path));
  if (isHidden) return described(value);
  if (!isSeenObject(value)) return Object.is(value, -0) ? '-0' : textOf(value);
  switch (value.is) {
    case 'list':
    case 'set': {
      const items = listed(value.of, (item) => redacted(item, `${path}[]`, options));
      return `${value.is === 'set' ? 'Set ' : ''}[${items}]`;
    }
    case 'record': {
      const fields = listed(
        [...value.of],
        ([key, field]) => `${key}: ${redacted(field, path ? `${path}.${key}` : key, options)}`,
      );
      return `${value.isMap ? 'Map ' : ''}{ ${fields} }`;
    }
    case 'time':
      // `Date null` is an invalid one.
      return `Date ${new Date(value.of).toJSON()}`;
    case 'decimal':
      return `Decimal ${value.of}`;
    default:
      return described(value);
  }
}

function listed<T>(all: readonly T[], text: (one: T) => string): string {
  const texts = all.slice(0, MOST_MEMBERS).map(text);
  if (all.length > MOST_MEMBERS) texts.push(`… ${all.length} in all`);
  return texts.join(', ');
}

/** `true`, `null` and the like say nothing about a person. */
function isPersonal(value: Seen, path: string): boolean {
  if (value == null || typeof value === 'boolean') return false;
  if (PERSONAL.test(path)) return true;
  if (isSeenObject(value)) return false;
  const text = String(value);
  const isLong = text.replace(/\D/g, '').length > MOST_DIGITS;
  return typeof value === 'string'
    ? text !== '' && !momentOf(text) && (isLong || !canonicalDecimal(text))
    : isLong && Number.isInteger(Number(value));
}

/** The class of an error is the program's own word; its message may quote what a user typed. */
function described(value: Seen): string {
  const isError = isSeenObject(value) && value.is === 'error';
  return `‹${isError ? value.of : classOf(value)}${sizeText(value)}›`;
}

function sizeText(value: Seen): string {
  if (isRecord(value)) return ` of ${value.of.size}`;
  if (isList(value) || isBytes(value)) return ` of ${value.of.length}`;
  return typeof value === 'string' ? ` of ${value.length}` : '';
}

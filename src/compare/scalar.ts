import { canonicalDecimal, lossBetween } from './decimal.ts';
import type { Contrast } from './difference.ts';
import { textOf } from './identity.ts';
import { isCut, momentOf, zoneBetween, type Moment } from './moment.ts';
import { isBytes, isList, isRecord, isSeenObject, type Seen } from './seen.ts';

/** @property note the two types, where they are not one */
type Types = Pick<Contrast, 'note'>;

/**
 * What two values that hold no others are to each other. `undefined` is the same. Lists and records are for the
 * caller; here they only are of another type than everything else.
 */
export function contrast(control: Seen, candidate: Seen): Contrast | undefined {
  if (Object.is(control, candidate) || control === candidate) return undefined;
  if (control == null || candidate == null) return contrastNothing(control, candidate);
  const [one, other] = [classOf(control), classOf(candidate)];
  const types: Types = one === other ? {} : { note: `${one} and ${other}` };
  if (one === 'time' || other === 'time' || (one === 'text' && other === 'text')) {
    const [left, right] = [timeOf(control), timeOf(candidate)];
    if (left && right) return contrastTimes(left, right, types, one === 'time');
  }
  const [left, right] = [digitsOf(control), digitsOf(candidate)];
  if (left && right) return contrastNumbers(left, right, types, one === 'text');
  if (one !== other) {
    const isTruth = (one === 'boolean' || other === 'boolean') && truthOf(control) === truthOf(candidate);
    return { kind: 'type', ...(isTruth && { as: 'boolean' }), ...types };
  }
  if (typeof control === 'string' && typeof candidate === 'string') return contrastTexts(control, candidate);
  return isSame(control, candidate)
    ? undefined
    : { kind: 'value', ...(one === 'error' && { as: 'errorClass' }) };
}

/** What a value is, for people. */
export function classOf(value: Seen): string {
  if (value === null) return 'null';
  if (isSeenObject(value)) return value.is === 'unseen' ? value.of : value.is;
  return typeof value === 'string' ? 'text' : typeof value;
}

function contrastNothing(control: Seen, candidate: Seen): Contrast {
  const [nothing, something, lost] =
    candidate == null ? ([candidate, control, 'missing'] as const) : ([control, candidate, 'extra'] as const);
  if (something == null) return { kind: 'null-or-absent', as: 'nullOrAbsent' };
  // A row or a relation that is not there is missing, as `null` too; a column that is NULL has a value, which is NULL.
  return { kind: nothing === undefined || isRecord(something) || isList(something) ? lost : 'value' };
}

/** @param left digits of a number; NaN and infinities have none and are themselves */
function contrastNumbers(left: string, right: string, types: Types, isText: boolean): Contrast | undefined {
  if ((canonicalDecimal(left) ?? left) === (canonicalDecimal(right) ?? right)) {
    if (types.note) return { kind: 'type', as: 'number', ...types };
    return isText ? { kind: 'precision', as: 'scale' } : undefined;
  }
  const lost = lossBetween(left, right);
  // Nobody takes 12 for 12.99, so no representation stands for what was rounded.
  return { kind: lost ? 'precision' : 'value', ...(lost === 'digits' && { as: lost }), ...types };
}

function contrastTimes(one: Moment, other: Moment, types: Types, isTime: boolean): Contrast | undefined {
  const isSame = Object.is(one.ms, other.ms);
  if (isSame && one.rest === other.rest)
    return isTime && !types.note ? undefined : { kind: 'type', as: 'time', ...types };
  const note = zoneBetween(one.ms, other.ms);
  if (note) return { kind: 'value', note: types.note ? `${types.note}; ${note}` : note };
  return isSame || isCut(one.ms, other.ms)
    ? { kind: 'precision', as: 'timePrecision', ...types }
    : { kind: 'value', ...types };
}

function contrastTexts(control: string, candidate: string): Contrast {
  if (control.toLowerCase() === candidate.toLowerCase()) return { kind: 'value', as: 'letterCase' };
  if (control.trimEnd() === candidate.trimEnd()) return { kind: 'value', note: 'blanks' };
  const isPart = control.startsWith(candidate) || candidate.startsWith(control);
  return { kind: 'value', ...(isPart && { note: 'part' }) };
}

/** Of one class, and no numbers, times or texts. Bytes may be many, and their text is longer than they are. */
function isSame(one: Seen, other: Seen): boolean {
  if (!isBytes(one) || !isBytes(other)) return textOf(one) === textOf(other);
  return one.of.length === other.of.length && one.of.every((byte, at) => byte === other.of[at]);
}

function timeOf(value: Seen): Moment | undefined {
  if (typeof value === 'string') return momentOf(value);
  if (typeof value === 'number' || typeof value === 'bigint') return { ms: Number(value), rest: '' };
  return isSeenObject(value) && value.is === 'time' ? { ms: value.of, rest: '' } : undefined;
}

/** The text of what is a number in any type. */
function digitsOf(value: Seen): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return canonicalDecimal(value) && value;
  return isSeenObject(value) && value.is === 'decimal' ? value.of : undefined;
}

function truthOf(value: Seen): boolean | undefined {
  const text = (isSeenObject(value) ? digitsOf(value) : String(value)) ?? '';
  return /^(1|t|true)$/i.test(text) ? true : /^(0|f|false)$/i.test(text) ? false : undefined;
}

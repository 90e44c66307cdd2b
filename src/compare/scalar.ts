import { canonicalDecimal, lossBetween } from './decimal.ts';
import type { Contrast } from './difference.ts';
import { textOf } from './identity.ts';
import { isCut, momentOf, type Moment } from './moment.ts';
import { isList, isRecord, isSeenObject, type Seen } from './seen.ts';

/** The two types, where they are not one. */
type Types = string | undefined;

/**
 * What two values that hold no others are to each other. `undefined` is the same. Lists and records are for the
 * caller; here they only are of another type than everything else.
 */
export function contrast(control: Seen, candidate: Seen): Contrast | undefined {
  if (Object.is(control, candidate) || control === candidate) return undefined;
  if (control == null || candidate == null) return contrastNothing(control, candidate);
  const [one, other] = [classOf(control), classOf(candidate)];
  const note: Types = one === other ? undefined : `${one} and ${other}`;
  if (one === 'time' || other === 'time' || (one === 'text' && other === 'text')) {
    const [left, right] = [timeOf(control), timeOf(candidate)];
    if (left && right) return contrastTimes(left, right, note, one === 'time');
  }
  const [left, right] = [digitsOf(control), digitsOf(candidate)];
  if (left && right) return contrastNumbers(left, right, note, one === 'text');
  if (one !== other) {
    const isTruth = (one === 'boolean' || other === 'boolean') && truthOf(control) === truthOf(candidate);
    return { kind: 'type', as: isTruth ? 'boolean' : undefined, note };
  }
  if (typeof control === 'string' && typeof candidate === 'string') return contrastTexts(control, candidate);
  return textOf(control) === textOf(candidate)
    ? undefined
    : { kind: 'value', as: one === 'error' ? 'errorClass' : undefined };
}

/** What a value is, for people. */
export function classOf(value: Seen): string {
  if (value === null) return 'null';
  if (isSeenObject(value)) return value.is === 'unseen' ? value.of : value.is;
  return typeof value === 'string' ? 'text' : typeof value;
}

function contrastNothing(control: Seen, candidate: Seen): Contrast {
  const something = control ?? candidate;
  if (something == null) return { kind: 'null-or-absent', as: 'nullOrAbsent' };
  // A row or a relation that is not there is missing, as `null` too; a column that is NULL has a value, which is NULL.
  const isLost = control === undefined || candidate === undefined || isRecord(something) || isList(something);
  return { kind: !isLost ? 'value' : candidate == null ? 'missing' : 'extra' };
}

/** @param left digits of a number; NaN and infinities have none and are themselves */
function contrastNumbers(left: string, right: string, note: Types, isText: boolean): Contrast | undefined {
  if ((canonicalDecimal(left) ?? left) === (canonicalDecimal(right) ?? right)) {
    if (note) return { kind: 'type', as: 'number', note };
    return isText ? { kind: 'precision', as: 'scale' } : undefined;
  }
  const lost = lossBetween(left, right);
  // Nobody takes 12 for 12.99, so no representation stands for what was rounded.
  return { kind: lost ? 'precision' : 'value', as: lost === 'digits' ? lost : undefined, note };
}

function contrastTimes(one: Moment, other: Moment, note: Types, isTime: boolean): Contrast | undefined {
  const isSame = Object.is(one.ms, other.ms);
  if (isSame && one.rest === other.rest)
    return isTime && !note ? undefined : { kind: 'type', as: 'time', note };
  if (isSame || isCut(one.ms, other.ms)) return { kind: 'precision', as: 'timePrecision', note };
  const apart = `${other.ms - one.ms} ms`;
  return { kind: 'value', note: note ? `${note}; ${apart}` : apart };
}

function contrastTexts(control: string, candidate: string): Contrast {
  if (control.toLowerCase() === candidate.toLowerCase()) return { kind: 'value', as: 'letterCase' };
  if (control.trimEnd() === candidate.trimEnd()) return { kind: 'value', note: 'blanks' };
  const isPart = control.startsWith(candidate) || candidate.startsWith(control);
  return { kind: 'value', note: isPart ? 'part' : undefined };
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
  const match = isSeenObject(value) ? null : /^(?:(1|t|true)|0|f|false)$/i.exec(String(value));
  return match === null ? undefined : match[1] !== undefined;
}

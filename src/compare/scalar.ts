import { canonicalDecimal, isFloatError, isRounded } from './decimal.ts';
import type { Contrast } from './difference.ts';
import { isCut, momentOf, zoneBetween } from './moment.ts';
import { isSeenObject, type Seen } from './seen.ts';

/**
 * What two values that hold no others are to each other. `undefined` is the same. Lists and records are for the
 * caller; here they only are of another type than everything else.
 */
export function contrast(control: Seen, candidate: Seen): Contrast | undefined {
  if (Object.is(control, candidate) || control === candidate) return undefined;
  if (isNothing(control) || isNothing(candidate)) return contrastNothing(control, candidate);
  const [one, other] = [classOf(control), classOf(candidate)];
  if (one === 'time' || other === 'time') return contrastTimes(control, candidate);
  const [left, right] = [digitsOf(control), digitsOf(candidate)];
  if (left !== undefined && right !== undefined) return contrastNumbers(control, candidate, left, right);
  if (one === 'boolean' || other === 'boolean') return contrastBooleans(control, candidate);
  if (typeof control === 'string' && typeof candidate === 'string') return contrastTexts(control, candidate);
  if (isSeenObject(control) && isSeenObject(candidate)) {
    if (control.is === 'bytes' && candidate.is === 'bytes')
      return sameBytes(control.bytes, candidate.bytes) ? undefined : { kind: 'value' };
    if (control.is === 'error' && candidate.is === 'error')
      return control.class === candidate.class && control.message === candidate.message
        ? undefined
        : { kind: 'value', as: 'errorClass' };
  }
  return { kind: one === other ? 'value' : 'type', note: `${one} and ${other}` };
}

export function isNothing(value: Seen): value is null | undefined {
  return value === null || value === undefined;
}

/** What a value is, for people. */
export function classOf(value: Seen): string {
  if (value === null) return 'null';
  if (!isSeenObject(value)) return typeof value === 'string' ? 'text' : typeof value;
  switch (value.is) {
    case 'list':
      return value.of === 'set' ? 'set' : 'list';
    case 'unseen':
      return value.what;
    default:
      return value.is;
  }
}

function contrastNothing(control: Seen, candidate: Seen): Contrast {
  if (isNothing(control) && isNothing(candidate)) return { kind: 'null-or-absent', as: 'nullOrAbsent' };
  const [nothing, something, lost] = isNothing(candidate)
    ? ([candidate, control, 'missing'] as const)
    : ([control, candidate, 'extra'] as const);
  // A row or a relation that is not there is missing, as `null` too; a column that is NULL has a value, which is NULL.
  const isWhole = isSeenObject(something) && (something.is === 'record' || something.is === 'list');
  return { kind: nothing === undefined || isWhole ? lost : 'value' };
}

function contrastNumbers(control: Seen, candidate: Seen, left: string, right: string): Contrast | undefined {
  const isSameClass = classOf(control) === classOf(candidate);
  // NaN and infinities have no digits; they are themselves.
  if ((canonicalDecimal(left) ?? left) === (canonicalDecimal(right) ?? right)) {
    if (!isSameClass)
      return { kind: 'type', as: 'number', note: `the same number as ${both(control, candidate)}` };
    if (left === right || typeof control !== 'string') return undefined;
    return { kind: 'precision', as: 'scale', note: 'the same number with another scale' };
  }
  const note = isSameClass ? 'digits lost' : `digits lost between ${both(control, candidate)}`;
  if (isFloatError(left, right)) return { kind: 'precision', as: 'digits', note };
  // Nobody takes 12 for 12.99, so no representation stands for it.
  if (isRounded(left, right)) return { kind: 'precision', note };
  return { kind: 'value', ...(isSameClass ? {} : { note: both(control, candidate) }) };
}

function contrastBooleans(control: Seen, candidate: Seen): Contrast {
  const [one, other] = [truthOf(control), truthOf(candidate)];
  if (typeof control === typeof candidate) return { kind: 'value' };
  const isSame = one !== undefined && one === other;
  return {
    kind: 'type',
    ...(isSame ? { as: 'boolean' as const } : {}),
    note: both(control, candidate),
  };
}

function contrastTexts(control: string, candidate: string): Contrast {
  const [one, other] = [momentOf(control), momentOf(candidate)];
  if (one !== undefined && other !== undefined) {
    if (one.ms === other.ms && digitsAlike(one.digits, other.digits))
      return { kind: 'type', as: 'time', note: 'the same time in another spelling' };
    return contrastMoments(one.ms, other.ms);
  }
  if (control.toLowerCase() === candidate.toLowerCase())
    return { kind: 'value', as: 'letterCase', note: 'other letter case' };
  if (control.trimEnd() === candidate.trimEnd()) return { kind: 'value', note: 'white space at the end' };
  if (control.startsWith(candidate) || candidate.startsWith(control))
    return { kind: 'value', note: 'one is the beginning of the other' };
  return { kind: 'value' };
}

function contrastTimes(control: Seen, candidate: Seen): Contrast | undefined {
  const [one, other] = [timeOf(control), timeOf(candidate)];
  const isSameClass = classOf(control) === classOf(candidate);
  if (one === undefined || other === undefined) return { kind: 'type', note: both(control, candidate) };
  if (Object.is(one.ms, other.ms)) {
    if (isSameClass) return undefined;
    // A text may have microseconds, which a Date has not.
    return one.rest === other.rest
      ? { kind: 'type', as: 'time', note: `the same time as ${both(control, candidate)}` }
      : { kind: 'precision', as: 'timePrecision', note: 'digits below the millisecond lost' };
  }
  const found = contrastMoments(one.ms, other.ms);
  return isSameClass
    ? found
    : { ...found, note: [both(control, candidate), found.note].filter(Boolean).join('; ') };
}

function contrastMoments(one: number, other: number): Contrast {
  const zone = zoneBetween(one, other);
  if (zone !== undefined) return { kind: 'value', note: `apart by ${zone}, as if a time zone were lost` };
  if (isCut(one, other) || one === other)
    return { kind: 'precision', as: 'timePrecision', note: 'digits below the second lost' };
  return { kind: 'value' };
}

/** @property rest digits below the millisecond, without zeros at the end */
function timeOf(value: Seen): { readonly ms: number; readonly rest: string } | undefined {
  if (isSeenObject(value)) return value.is === 'time' ? { ms: value.ms, rest: '' } : undefined;
  if (typeof value === 'number' || typeof value === 'bigint') return { ms: Number(value), rest: '' };
  if (typeof value !== 'string') return undefined;
  const moment = momentOf(value);
  return moment === undefined ? undefined : { ms: moment.ms, rest: belowMs(moment.digits) };
}

function belowMs(digits: string): string {
  return digits.slice(3).replace(/0+$/, '');
}

function digitsAlike(one: string, other: string): boolean {
  return belowMs(one) === belowMs(other);
}

/** The text of what is a number in any type. */
function digitsOf(value: Seen): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return canonicalDecimal(value) === undefined ? undefined : value;
  return isSeenObject(value) && value.is === 'decimal' ? value.text : undefined;
}

function truthOf(value: Seen): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : digitsOf(value);
  if (text === '1' || text === 't' || text === 'true') return true;
  return text === '0' || text === 'f' || text === 'false' ? false : undefined;
}

function both(control: Seen, candidate: Seen): string {
  return `${classOf(control)} and ${classOf(candidate)}`;
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

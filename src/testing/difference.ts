import { isDeepStrictEqual } from 'node:util';
import { isObject, kindOf, partsOf, wordsOf } from './parts.ts';

/** The first place where two values are not the same, depth first. `path` is where that is, `''` at the top. */
export type Difference = {
  readonly path: string;
  readonly control: unknown;
  readonly candidate: unknown;
  /** Why, when the two values do not show it: an absent key, a class that hides what it holds. */
  readonly because?: string;
};

/** Pairs that are being looked at: whoever meets one again is in a cycle, and it is judged where it began. */
type Open = readonly (readonly [control: object, candidate: object])[];

/**
 * Deep equality, and where it ends. Numbers are compared by `Object.is`; an absent key is not `undefined`; the class of
 * an object with visible keys is not looked at (a driver's row without a prototype equals a plain one); an object
 * with `toJSON` is of one class and says the same; errors have one class, name, message, cause and own keys, whatever
 * their stack. What hides its content (a stream, a function, private fields only) equals nothing but itself: to
 * call it equal would be a guess.
 */
export function firstDifference(
  control: unknown,
  candidate: unknown,
  path = '',
  open: Open = [],
): Difference | undefined {
  if (Object.is(control, candidate)) return undefined;
  if (!isObject(control) || !isObject(candidate)) return { path, control, candidate };
  if (open.some(([one, other]) => one === control && other === candidate)) return undefined;
  const [one, other] = [kindOf(control), kindOf(candidate)];
  const inside: Open = [...open, [control, candidate]];
  if (one.kind === 'parts' && other.kind === 'parts' && one.tag === other.tag)
    return differenceOfParts(partsOf(one.tag, control), partsOf(other.tag, candidate), path, inside);
  if (one.tag !== other.tag)
    return { path, control, candidate, because: `control has ${one.tag}, candidate ${other.tag}` };
  if (one.kind === 'value')
    return isDeepStrictEqual(control, candidate) ? undefined : { path, control, candidate };
  const [said, heard] = [wordsOf(control), wordsOf(candidate)];
  if (said === undefined || heard === undefined)
    return { path, control, candidate, because: `${one.tag} cannot be seen into; give a compare` };
  const found = firstDifference(said.words, heard.words, path, inside);
  return found === undefined ? undefined : { path, control, candidate };
}

function differenceOfParts(
  control: ReadonlyMap<string, unknown>,
  candidate: ReadonlyMap<string, unknown>,
  path: string,
  open: Open,
): Difference | undefined {
  for (const key of new Set([...control.keys(), ...candidate.keys()])) {
    const [one, other] = [control.get(key), candidate.get(key)];
    const at = `${path}${key}`;
    const lacking = control.has(key) ? (candidate.has(key) ? undefined : 'candidate') : 'control';
    if (lacking !== undefined)
      return { path: at, control: one, candidate: other, because: `${lacking} lacks it` };
    const found = firstDifference(one, other, at, open);
    if (found !== undefined) return found;
  }
  return undefined;
}

import { diff, type Difference } from './diff.ts';
import { plain } from './plain.ts';
import type { CompareRules } from './rules.ts';
import { contrast } from './scalar.ts';
import { isList, isSeenObject, type Captured, type Seen } from './seen.ts';

/** How two answers differ, nothing when they are the same; or why nobody can say, in a word that `reasonText` spells out. */
export type Comparison = readonly Difference[] | string;

/**
 * Two answers of one call. Throws only what the application's own `compare` throws, or when that gives no boolean.
 */
export function compareAnswers(control: Captured, candidate: Captured, rules: CompareRules): Comparison {
  if (control.kind === 'too large') return compareSizes(control, candidate, control.limit);
  if (candidate.kind === 'too large') return compareSizes(control, candidate, candidate.limit);
  const [one, other] = [control.value, candidate.value];
  if (control.kind !== candidate.kind) return different({ kind: 'error-or-value' }, one, other);
  if (control.kind === 'threw') {
    const found = contrast(one, other);
    return found && !(found.as && rules.same.includes(found.as))
      ? different(found, one, other, '(error)')
      : [];
  }
  if (rules.compare)
    return isSame(rules.compare(plain(one), plain(other)))
      ? []
      : different({ kind: 'value', note: 'compare' }, one, other);
  const found = diff(one, other, rules);
  return found.length === 0 && isSeenObject(one) && one.is === 'unseen' ? one.of : found;
}

/** What the application's own comparison said. */
function isSame(said: unknown): boolean {
  if (typeof said === 'boolean') return said;
  // A promise is true whatever it resolves with; and one that rejects, with nobody listening, ends the process.
  Promise.resolve(said).catch(() => {});
  throw new TypeError('compare gives no boolean');
}

/** What is too large to be copied still has a number of rows. */
function compareSizes(control: Captured, candidate: Captured, limit: string): Comparison {
  const [left, right] = [rowsOf(control), rowsOf(candidate)];
  if (left === undefined || right === undefined || left === right) return limit;
  return different({ kind: left > right ? 'missing' : 'extra', note: 'rows' }, left, right, '[]');
}

function rowsOf(side: Captured): number | undefined {
  return side.kind === 'too large' ? side.rows : isList(side.value) ? side.value.of.length : undefined;
}

function different(
  found: Omit<Difference, 'path' | 'at' | 'control' | 'candidate'>,
  control: Seen,
  candidate: Seen,
  path = '',
): Comparison {
  return [{ ...found, path, at: path, control, candidate }];
}

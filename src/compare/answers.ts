import { diff, WHOLE, type Difference } from './diff.ts';
import { plain } from './plain.ts';
import type { CompareRules } from './rules.ts';
import { contrast } from './scalar.ts';
import { isList, type Captured, type Seen } from './seen.ts';

export type Comparison =
  /** @property unseen places that could not be looked into on either side */
  | { readonly kind: 'same'; readonly unseen: readonly string[] }
  | { readonly kind: 'different'; readonly differences: readonly Difference[] }
  /** Nobody can say: too large, or a stream. */
  | { readonly kind: 'incomparable'; readonly why: string };

const SAME: Comparison = { kind: 'same', unseen: [] };

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
    return found && !(found.as && rules.same.has(found.as)) ? different(found, one, other, '(error)') : SAME;
  }
  if (rules.compare)
    return isSame(rules.compare(plain(one), plain(other)))
      ? SAME
      : different({ kind: 'value', note: 'compare says no' }, one, other);
  const { differences, unseen } = diff(one, other, rules);
  if (differences.length > 0) return { kind: 'different', differences };
  const why = unseen.find((text) => text.startsWith(`${WHOLE}:`));
  return why ? { kind: 'incomparable', why } : { kind: 'same', unseen };
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
  if (left === undefined || right === undefined || left === right)
    return { kind: 'incomparable', why: `${WHOLE}: ${limit}` };
  const kind = left > right ? 'missing' : 'extra';
  return different({ kind, note: 'another number of rows' }, left, right, '[]');
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
  return { kind: 'different', differences: [{ ...found, path, at: path, control, candidate }] };
}

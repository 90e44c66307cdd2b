import { diff, type Difference } from './diff.ts';
import { plain } from './plain.ts';
import type { CompareRules } from './rules.ts';
import { contrast } from './scalar.ts';
import type { Captured, Seen } from './seen.ts';

export type Comparison =
  /** @property unseen places that could not be looked into on either side */
  | { readonly kind: 'same'; readonly unseen: readonly string[] }
  | { readonly kind: 'different'; readonly differences: readonly Difference[]; readonly isCut: boolean }
  /** Nobody can say: too large, or a stream. */
  | { readonly kind: 'incomparable'; readonly why: string };

/**
 * Two answers of one call. Throws only what the application's own `compare` throws, or when that gives no boolean.
 */
export function compareAnswers(control: Captured, candidate: Captured, rules: CompareRules): Comparison {
  if (control.kind === 'too large' || candidate.kind === 'too large') return compareSizes(control, candidate);
  if (control.kind === 'threw' || candidate.kind === 'threw')
    return compareFailures(control, candidate, rules);
  if (rules.compare !== undefined) {
    const isSame: unknown = rules.compare(plain(control.value), plain(candidate.value));
    if (typeof isSame !== 'boolean') {
      // A promise is true whatever it resolves with; and one that rejects, with nobody listening, ends the process.
      Promise.resolve(isSame).catch(() => {});
      throw new TypeError('compare gives no boolean');
    }
    return isSame
      ? { kind: 'same', unseen: [] }
      : one({ kind: 'value', note: 'compare says no' }, control.value, candidate.value);
  }
  const { differences, isCut, unseen } = diff(control.value, candidate.value, rules);
  if (differences.length > 0) return { kind: 'different', differences, isCut };
  const whole = unseen.find((text) => text.startsWith('the answer: '));
  return whole === undefined ? { kind: 'same', unseen } : { kind: 'incomparable', why: whole };
}

/** What is too large to be copied still has a number of rows. */
function compareSizes(control: Captured, candidate: Captured): Comparison {
  const [left, right] = [rowsOf(control), rowsOf(candidate)];
  if (left !== undefined && right !== undefined && left !== right)
    return one(
      { kind: left > right ? 'missing' : 'extra', note: 'another number of rows' },
      left,
      right,
      '[]',
    );
  const limits = [control, candidate].flatMap((side) => (side.kind === 'too large' ? [side.limit] : []));
  return { kind: 'incomparable', why: `the answer: ${limits[0] ?? 'too large'}` };
}

function rowsOf(side: Captured): number | undefined {
  if (side.kind === 'too large') return side.rows;
  if (side.kind === 'threw') return undefined;
  const { value } = side;
  return typeof value === 'object' && value !== null && value.is === 'list' ? value.items.length : undefined;
}

function compareFailures(control: Captured, candidate: Captured, { same }: CompareRules): Comparison {
  const [left, right] = [seenOf(control), seenOf(candidate)];
  if (control.kind !== candidate.kind) return one({ kind: 'error-or-value' }, left, right);
  const found = contrast(left, right);
  if (found === undefined || (found.as !== undefined && same.has(found.as)))
    return { kind: 'same', unseen: [] };
  return one(found, left, right, '(error)');
}

function seenOf(side: Captured): Seen {
  return side.kind === 'returned' ? side.value : side.kind === 'threw' ? side.error : undefined;
}

function one(
  found: Omit<Difference, 'path' | 'at' | 'control' | 'candidate'>,
  control: Seen,
  candidate: Seen,
  path = '',
): Comparison {
  return { kind: 'different', differences: [{ ...found, path, at: path, control, candidate }], isCut: false };
}

import {
  compareAnswers,
  ignoredBy,
  incomparableText,
  queriesDifference,
  type Captured,
  type CompareRules,
  type Difference,
} from '../compare/index.ts';
import type { Side } from '../route/index.ts';

/** What one side gave to a call. @property queries that it sent; `null` when nobody counts them */
export type SideAnswer = { readonly seen: Captured; readonly ms: number; readonly queries: number | null };

/** Asks one side. Rejects only when the database cannot be asked at all. */
export type Ask = (side: Side) => Promise<SideAnswer>;

/**
 * How a call on both sides came out.
 *
 * - `same`; `failedAlike`: both threw the same
 * - `different`: also when both were asked once more
 * - `transient`: different at first and the same when asked again: the data changed in between
 * - `noise`: control differs from itself there
 * - `ignored`: every difference is covered by a rule, or is an order that nobody promised
 * - `incomparable`: nobody can say: too large, a stream
 */
export const CALL_OUTCOMES = [
  'same',
  'failedAlike',
  'different',
  'transient',
  'noise',
  'ignored',
  'incomparable',
] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

export type ComparedCall = {
  readonly outcome: CallOutcome;
  /** Of what is `different`. */
  readonly differences: readonly Difference[];
  /** Why it is `incomparable`. */
  readonly why: string | null;
  readonly control: SideAnswer;
  readonly candidate: SideAnswer;
};

type Pair = { readonly control: SideAnswer; readonly candidate: SideAnswer };
type Found =
  | { readonly kind: 'same' | 'failedAlike' | 'ignored' }
  | { readonly kind: 'different'; readonly differences: readonly Difference[] }
  | { readonly kind: 'incomparable'; readonly why: string };

/**
 * Asks both sides and compares. Where they differ, control is asked twice and the candidate once more: what is gone then was
 * a change of data, and what control does to itself is no fault of the candidate.
 *
 * @param now wall clock, milliseconds, for rules that expire
 * @throws what `ask` rejects with, and what the application's own `compare` throws
 */
export async function compareCall(ask: Ask, rules: CompareRules, now: () => number): Promise<ComparedCall> {
  const first = await askBoth(ask);
  const found = judge(first, rules, now());
  if (found.kind !== 'different') return ended(found.kind, first, found);
  const before = await ask('control');
  const again = await askBoth(ask);
  const recheck = judge(again, rules, now());
  if (recheck.kind !== 'different')
    return ended(recheck.kind === 'same' ? 'transient' : recheck.kind, again, recheck);
  const noise = placesOf(judge({ control: before, candidate: again.control }, rules, now()));
  const left = recheck.differences.filter((one) => !noise.has(placeOf(one)));
  return left.length === 0
    ? ended('noise', again, recheck)
    : ended('different', again, { kind: 'different', differences: left });
}

async function askBoth(ask: Ask): Promise<Pair> {
  const [control, candidate] = await Promise.all([ask('control'), ask('candidate')]);
  return { control, candidate };
}

function judge({ control, candidate }: Pair, rules: CompareRules, now: number): Found {
  const compared = compareAnswers(control.seen, candidate.seen, rules);
  if (typeof compared === 'string') return { kind: 'incomparable', why: incomparableText(compared) };
  const queries =
    control.queries === null || candidate.queries === null
      ? undefined
      : queriesDifference(control.queries, candidate.queries);
  const all = queries === undefined ? compared : [...compared, queries];
  const counted = all.filter((one) => one.isUnpromised !== true && ignoredBy(rules, one, now) === undefined);
  if (counted.length > 0) return { kind: 'different', differences: counted };
  if (all.length > 0) return { kind: 'ignored' };
  return { kind: control.seen.kind === 'threw' ? 'failedAlike' : 'same' };
}

function ended(outcome: CallOutcome, { control, candidate }: Pair, found: Found): ComparedCall {
  return {
    outcome,
    differences: outcome === 'different' && found.kind === 'different' ? found.differences : [],
    why: found.kind === 'incomparable' ? found.why : null,
    control,
    candidate,
  };
}

function placesOf(found: Found): ReadonlySet<string> {
  return new Set(found.kind === 'different' ? found.differences.map(placeOf) : []);
}

/** The kind belongs to it: a time that is always another one may still not become a text. */
function placeOf({ path, kind }: Difference): string {
  return `${kind} ${path}`;
}

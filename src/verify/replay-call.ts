import {
  compareAnswers,
  groupId,
  incomparableText,
  queriesDifference,
  type CompareRules,
  type Difference,
} from '../compare/index.ts';
import type { Ask, SideAnswer } from './compare-call.ts';

/**
 * Whether a mismatch is still there when its call is made again.
 *
 * - `there`: the sides differ at that place, and control not from itself
 * - `gone`: they do not differ there any more
 * - `noise`: control differs from itself there as often
 */
export type ReplayVerdict = 'there' | 'gone' | 'noise' | 'incomparable';

export type ReplayedCall = {
  readonly verdict: ReplayVerdict;
  readonly rounds: number;
  /** Rounds in which the sides differed there, and in which control differed from itself there. */
  readonly differed: number;
  readonly noisy: number;
  /** Of the last round in which they differed there. */
  readonly difference: Difference | null;
  /** Other places at which they differ now. */
  readonly others: readonly Difference[];
  readonly why: string | null;
  readonly last: { readonly control: SideAnswer; readonly candidate: SideAnswer };
};

type Round = {
  readonly control: SideAnswer;
  readonly candidate: SideAnswer;
  readonly differences: readonly Difference[];
  readonly own: readonly Difference[];
  readonly why: string | null;
};

/** Makes one call again, some times: control, the candidate, and control once more. @param id of the mismatch */
export async function replayCall(
  of: { readonly repository: string; readonly operation: string; readonly id: string },
  ask: Ask,
  rules: CompareRules,
  rounds: number,
): Promise<ReplayedCall> {
  const all: Round[] = [];
  for (let at = 0; at < rounds; at += 1) all.push(await oneRound(ask, rules));
  const last = all.at(-1);
  if (last === undefined) throw new RangeError(`${rounds} rounds show nothing`);
  const isIt = (one: Difference): boolean => groupId(of.repository, of.operation, one) === of.id;
  const there = all.filter(({ differences }) => differences.some(isIt));
  const noisy = all.filter(({ own }) => own.some(isIt)).length;
  const why = all.find((round) => round.why !== null)?.why ?? null;
  return {
    verdict: verdictOf(there.length, noisy, why),
    rounds,
    differed: there.length,
    noisy,
    difference: there.at(-1)?.differences.find(isIt) ?? null,
    others: last.differences.filter((one) => !isIt(one)),
    why,
    last: { control: last.control, candidate: last.candidate },
  };
}

function verdictOf(differed: number, noisy: number, why: string | null): ReplayVerdict {
  if (differed > 0) return noisy >= differed ? 'noise' : 'there';
  return why === null ? 'gone' : 'incomparable';
}

async function oneRound(ask: Ask, rules: CompareRules): Promise<Round> {
  const [control, candidate] = [await ask('control'), await ask('candidate')];
  const again = await ask('control');
  const [both, own] = [differencesOf(control, candidate, rules), differencesOf(control, again, rules)];
  return { control, candidate, differences: both.differences, own: own.differences, why: both.why };
}

/** What a rule ignores is there all the same: the question is whether it is. */
function differencesOf(
  control: SideAnswer,
  candidate: SideAnswer,
  rules: CompareRules,
): { readonly differences: readonly Difference[]; readonly why: string | null } {
  const found = compareAnswers(control.seen, candidate.seen, rules);
  if (typeof found === 'string') return { differences: [], why: incomparableText(found) };
  const queries =
    control.queries === null || candidate.queries === null
      ? undefined
      : queriesDifference(control.queries, candidate.queries);
  return { differences: queries === undefined ? found : [...found, queries], why: null };
}

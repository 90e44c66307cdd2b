import type { Row } from '../plan/index.ts';
import type { RowResult, Verdict } from './judge.ts';

export type GateResult = {
  readonly verdict: Verdict;
  /** What red asks for; `null` when nothing is red. The strongest wins. */
  readonly action: 'rollback' | 'pause' | null;
  /** Titles of rows that are red and only to be investigated. They keep the gate from passing. */
  readonly investigate: readonly string[];
};

/** Whether another red row on the same metric comes before this one in the plan's precedence. */
function isOverruled(row: Row, reds: readonly Row[], precedence: readonly string[]): boolean {
  const place = precedence.indexOf(row.title);
  return reds.some((other) => {
    const before = precedence.indexOf(other.title);
    return other.metric === row.metric && before >= 0 && before < place;
  });
}

/** A gate from its rows: red before stale before insufficient before pass. A gate without rows passes nothing. */
export function judgeGate(
  rows: readonly Row[],
  results: readonly RowResult[],
  precedence: readonly string[] = [],
): GateResult {
  const reds = rows.filter((_, index) => results[index]?.verdict === 'fail');
  const speaking = reds.filter((row) => row.onRed === 'investigate' || isOverruled(row, reds, precedence));
  const investigate = speaking.map(({ title }) => title);
  const acting = reds.filter((row) => !speaking.includes(row));
  if (acting.length > 0) {
    return {
      verdict: 'fail',
      action: acting.some((row) => row.onRed === 'rollback' && results[rows.indexOf(row)]?.asks !== true)
        ? 'rollback'
        : 'pause',
      investigate,
    };
  }
  const has = (verdict: Verdict): boolean => results.some((result) => result.verdict === verdict);
  if (has('stale')) return { verdict: 'stale', action: null, investigate };
  const passes =
    results.length === rows.length && rows.length > 0 && results.every(({ verdict }) => verdict === 'pass');
  return { verdict: passes ? 'pass' : 'insufficient', action: null, investigate };
}

import type { Metric, Row } from '../plan/index.ts';
import { gamble, type Capital, type Stake } from './capital.ts';
import { WEIGHTS } from './factors.ts';
import type { RowMeasure } from './judge.ts';
import { surgeBets, type Surge } from './surge.ts';

/** What is staked on faults of any size: of the cash when an exposure begins, which is when things break, and at every look. */
export type Pace = { readonly stage: number; readonly look: number };
/** All bets there are: a fault may begin at any look. */
export const EVERY_LOOK: Pace = { stage: 0.7, look: 0.5 };
/** Where a fault that begins suddenly is bet on as well, cash is kept for it. */
export const KEEPING: Pace = { stage: 0.4, look: 0.05 };
/** That share of the cash would be staked over the first so many looks; later ever less, so that days are not too long. */
const STAKE_PACE = 60;

/** What is put on every size before a look is known. */
export function stakeAt(looks: number, isNew: boolean, pace: Pace): Stake {
  const atLook = pace.look / (looks + STAKE_PACE);
  return { share: isNew ? 1 - (1 - pace.stage) * (1 - atLook) : atLook, weights: WEIGHTS };
}

/**
 * Which bettor also bets on a sudden fault: the one who compares with control at the same time. Only for failures, which are
 * rare and which a fault multiplies. Slow calls are many, and one side alone is slow for a minute now and then.
 */
export function suddenIn(row: Row, metric: Metric, measure: RowMeasure): 'beyond' | 'worse' | null {
  if (metric.kind !== 'errorRate') return null;
  if (row.against !== 'control') return 'worse';
  return measure.referenceKind === 'control' ? 'beyond' : null;
}

/** What is owned after bets on what is unusual now. */
export function gambled(capital: Capital, surge: Surge, prize: number): Capital {
  return surgeBets(surge).reduce(
    (owned, { hits, odds, candidateHits, share }) =>
      gamble(owned, { of: hits, odds, seen: candidateHits }, share, prize),
    capital,
  );
}

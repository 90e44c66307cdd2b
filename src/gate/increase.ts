import type { Answered, AnswerSide, MeasureAnswer, Series } from './asked.ts';
import type { Tally } from './factors.ts';

type Counters = Extract<MeasureAnswer, { kind: 'counters' }>;

export type Increases = {
  /** What was counted of a side; of the candidate also what nobody said the side of. */
  readonly of: (side: 'control' | 'candidate') => Tally;
  /** Why the newest of it could not be used; `null` when it could. */
  readonly said: string | null;
};

/**
 * What counters grew by from answer to answer. A series that was not there in any answer before begins to count with its first
 * value: what it counted before is not known to have happened since. An answer that makes no sense counts for nothing, and the next
 * one is compared with it.
 *
 * @param wanted which answers' growth is meant; the others are only what those are compared with
 */
export function increases(known: readonly Answered[], wanted: (one: Answered) => boolean): Increases {
  const last = { part: new Map<string, number>(), total: new Map<string, number>() };
  const sums = new Map<AnswerSide, { calls: number; hits: number }>();
  let said: string | null = null;
  for (const one of known) {
    const { answer } = one;
    if (answer.kind !== 'counters') continue;
    const total = growth(last.total, answer.total, answer.fallen);
    const part = growth(last.part, answer.ofPart, answer.fallen);
    const grown = tallies(answer, part, total);
    said = typeof grown === 'string' ? grown : null;
    if (typeof grown === 'string' || !wanted(one)) continue;
    for (const [side, { calls, hits }] of grown) {
      const sum = sums.get(side) ?? { calls: 0, hits: 0 };
      sums.set(side, { calls: sum.calls + calls, hits: sum.hits + hits });
    }
  }
  const of = (side: 'control' | 'candidate'): Tally => {
    const own = sums.get(side) ?? NONE;
    const both = side === 'candidate' ? (sums.get('both') ?? NONE) : NONE;
    return { calls: own.calls + both.calls, hits: own.hits + both.hits };
  };
  return { of, said };
}

const NONE: Tally = { calls: 0, hits: 0 };

type Growth = ReadonlyMap<AnswerSide, number> | 'fallen';

/** Remembers each series' value, also of those that are missing for a while. */
function growth(last: Map<string, number>, series: readonly Series[], fallen: Counters['fallen']): Growth {
  const sums = new Map<AnswerSide, number>();
  let isUnknown = false;
  for (const { key, side, value } of series) {
    const before = last.get(key) ?? value;
    if (value < before && fallen === 'unknown') isUnknown = true;
    sums.set(side, (sums.get(side) ?? 0) + (value < before ? value : value - before));
    last.set(key, value);
  }
  return isUnknown ? 'fallen' : sums;
}

function tallies(
  { part: kind, ofPart }: Counters,
  part: Growth,
  total: Growth,
): ReadonlyMap<AnswerSide, Tally> | string {
  if (part === 'fallen' || total === 'fallen') return 'a count is smaller than before';
  const grown = new Map<AnswerSide, Tally>();
  for (const [side, calls] of total) {
    // A side without a counter of what failed is not one in which nothing did.
    if (!ofPart.some((one) => one.side === side)) return `nothing counts the ${kind} ones of ${side}`;
    const counted = part.get(side) ?? 0;
    if (counted > calls) return `${counted} ${kind} of ${calls} in all`;
    grown.set(side, { calls, hits: kind === 'bad' ? counted : calls - counted });
  }
  return grown;
}

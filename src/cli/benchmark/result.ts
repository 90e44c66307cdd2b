import type { Random } from '../../kernel/index.ts';
import type { Side } from '../../route/index.ts';
import type { BenchmarkFault } from '../../testing/index.ts';
import type { MeasuredOperation } from './rounds.ts';
import type { SavedTimes } from './saved.ts';
import {
  judgeRatio,
  type LimitVerdict,
  quantileOf,
  type Ratio,
  ratiosOf,
  type Rounds,
} from './statistics.ts';

/** Limits of ratios of times: of the median, and of the 95th percentile. `null` is none. */
export type Limits = { readonly median: number | null; readonly p95: number | null };

export type Times = { readonly calls: number; readonly medianMs: number; readonly p95Ms: number };
export type Ratios = { readonly median: Ratio; readonly p95: Ratio };

/** What is said of an operation. One with a fault has neither times nor ratios. */
export type OperationResult = {
  readonly name: string;
  readonly write: boolean;
  readonly sides: Partial<Readonly<Record<Side, Times>>>;
  /** The candidate's times over control's; `null` when one of them was not measured. */
  readonly ratio: Ratios | null;
  /** Times now over those that were saved, by side; `null` when nothing was compared with. */
  readonly against: Partial<Readonly<Record<Side, Ratios>>> | null;
  /** Of the limits; `null` without one. */
  readonly verdict: LimitVerdict | null;
  readonly fault: BenchmarkFault | null;
};

const SIDES = ['control', 'candidate'] as const;
const SHARES = [0.5, 0.95];

/** @param saved times of another benchmark, `null` for none */
export function resultOf(
  { name, isWrite, times, fault }: MeasuredOperation,
  saved: SavedTimes | null,
  limits: Limits,
  random: Random,
): OperationResult {
  const measured = SIDES.flatMap((side) => {
    const rounds = times[side];
    return rounds === undefined ? [] : [[side, rounds] as const];
  });
  const { control, candidate } = times;
  const ratio =
    control === undefined || candidate === undefined ? null : ratios(candidate, control, true, random);
  const before = saved?.get(name);
  const against =
    saved === null
      ? null
      : Object.fromEntries(
          measured.flatMap(([side, rounds]) => {
            const old = before?.[side];
            return old === undefined ? [] : [[side, ratios(rounds, old, false, random)]];
          }),
        );
  // A side that the saved results lack is a ratio that nobody knows.
  const missing = saved !== null && Object.keys(against ?? {}).length < measured.length;
  const all = [...(ratio === null ? [] : [ratio]), ...Object.values(against ?? {})];
  return {
    name,
    write: isWrite,
    sides: Object.fromEntries(measured.map(([side, rounds]) => [side, timesOf(rounds)])),
    ratio,
    against,
    verdict: verdictOf(all, missing || fault !== null, limits),
    fault,
  };
}

/** Whether a benchmark ends well: nothing failed, and what has a limit is within it. */
export function isGood(results: readonly OperationResult[]): boolean {
  return results.every(({ fault, verdict }) => fault === null && (verdict === null || verdict === 'pass'));
}

function verdictOf(all: readonly Ratios[], isIncomplete: boolean, limits: Limits): LimitVerdict | null {
  if (limits.median === null && limits.p95 === null) return null;
  const verdicts = all.flatMap(({ median, p95 }) => [
    ...(limits.median === null ? [] : [judgeRatio(median, limits.median)]),
    ...(limits.p95 === null ? [] : [judgeRatio(p95, limits.p95)]),
  ]);
  if (verdicts.includes('fail')) return 'fail';
  return isIncomplete || verdicts.length === 0 || verdicts.includes('insufficient') ? 'insufficient' : 'pass';
}

function ratios(over: Rounds, under: Rounds, paired: boolean, random: Random): Ratios {
  const [median, p95] = ratiosOf(over, under, SHARES, { paired, random });
  const nothing = { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  return { median: median ?? nothing, p95: p95 ?? nothing };
}

function timesOf(rounds: Rounds): Times {
  return {
    calls: rounds.reduce((sum, round) => sum + round.length, 0),
    medianMs: quantileOf(rounds, 0.5),
    p95Ms: quantileOf(rounds, 0.95),
  };
}

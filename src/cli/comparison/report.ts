import { quantile } from '../../measure/index.ts';
import type { CallTally } from '../../verify/index.ts';
import type { Progress } from './progress.ts';

type P95 = { readonly control: number | null; readonly candidate: number | null };

/** What was found of one operation. */
export type OperationReport = Pick<CallTally, 'calls' | 'outcomes' | 'reasons' | 'groups' | 'otherGroups'> & {
  readonly operation: string;
  /** All of its calls were made. */
  readonly isWhole: boolean;
  /** Milliseconds. */
  readonly p95: P95;
  /** Whether it agrees: something was compared, nothing is different, and nothing could not be compared. */
  readonly isClean: boolean;
};

/** What comparing a repository has shown. */
export type ComparisonReport = {
  readonly operations: readonly OperationReport[];
  /** Reads without calls. */
  readonly notCompared: readonly string[];
  readonly isWhole: boolean;
  readonly isClean: boolean;
  readonly startedAt: number;
  readonly resumedAt: readonly number[];
};

export function comparisonReport(progress: Progress, notCompared: readonly string[]): ComparisonReport {
  const operations = progress.operations.map(({ operation, isEnd, tally }): OperationReport => {
    const { calls, outcomes, reasons, groups, otherGroups, times } = tally;
    return {
      operation,
      calls,
      outcomes,
      reasons,
      groups: groups.toSorted((a, b) => b.calls - a.calls || (a.id < b.id ? -1 : 1)),
      otherGroups,
      isWhole: isEnd,
      p95: {
        control: quantile(times.control, 0.95) ?? null,
        candidate: quantile(times.candidate, 0.95) ?? null,
      },
      isClean: isClean(tally),
    };
  });
  const { startedAt, resumedAt } = progress;
  return {
    operations,
    notCompared,
    isWhole: operations.every((one) => one.isWhole),
    isClean: operations.length > 0 && operations.every((one) => one.isClean),
    startedAt,
    resumedAt,
  };
}

/** Nothing compared is no agreement, and calls that only failed alike have compared nothing. */
function isClean({ outcomes }: CallTally): boolean {
  const { same, different, transient, noise, ignored, incomparable } = outcomes;
  return different === 0 && incomparable === 0 && same + transient + noise + ignored > 0;
}

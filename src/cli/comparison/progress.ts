import { addTallies, NO_CALLS, type CallTally } from '../../verify/index.ts';
import { BEGIN, type ComparedPart, type Position } from '../../testing/index.ts';

/** How far one operation was compared, and what that has shown. JSON. */
export type OperationProgress = {
  readonly operation: string;
  readonly position: Position;
  readonly isEnd: boolean;
  readonly tally: CallTally;
};

/** How far a repository was compared. JSON. */
export type Progress = {
  readonly operations: readonly OperationProgress[];
  /** Wall clock, milliseconds. */
  readonly startedAt: number;
  /** When it went on after it had stopped. */
  readonly resumedAt: readonly number[];
};

export function beginning(operations: readonly string[], now: number): Progress {
  const none = { position: BEGIN, isEnd: false, tally: NO_CALLS };
  return {
    operations: operations.map((operation) => ({ operation, ...none })),
    startedAt: now,
    resumedAt: [],
  };
}

/** With one more part. What is counted and how far it got change together, so that no call is counted twice or left out. */
export function withPart(progress: Progress, operation: string, part: ComparedPart): Progress {
  return {
    ...progress,
    operations: progress.operations.map((one) =>
      one.operation === operation
        ? {
            operation,
            position: part.position,
            isEnd: part.isEnd,
            tally: addTallies(one.tally, part.tally),
          }
        : one,
    ),
  };
}

/** The operation that is next, and how many of its calls may still be made. @param most calls of one operation */
export function nextOf(
  { operations }: Progress,
  most: number,
): { readonly operation: string; readonly position: Position; readonly left: number } | undefined {
  const open = operations.find(({ isEnd, tally }) => !isEnd && tally.calls < most);
  if (open === undefined) return undefined;
  return { operation: open.operation, position: open.position, left: most - open.tally.calls };
}

import type { ErrorCode } from '../../kernel/index.ts';
import type { Side } from '../../route/index.ts';
import type { Batch, BatchTimes } from '../../testing/index.ts';

/** What the process that measures is told. One question at a time. */
export type Question =
  | { readonly kind: 'open'; readonly file: string; readonly sides: readonly Side[] }
  | { readonly kind: 'measure'; readonly operation: number; readonly batch: Batch }
  | { readonly kind: 'close' };

/** What it says. `alive` comes while it waits for answers; a side that blocks its thread keeps it from saying so. */
export type Reply =
  | { readonly kind: 'alive' }
  | { readonly kind: 'opened'; readonly operations: readonly OperationName[] }
  | { readonly kind: 'measured'; readonly result: BatchTimes }
  | { readonly kind: 'closed' }
  | {
      readonly kind: 'failed';
      /** `null` for what is no refusal of ours: the module or its `setup` threw. */
      readonly code: ErrorCode | null;
      readonly message: string;
      readonly hint: string | null;
    };

export type OperationName = {
  readonly name: string;
  readonly repository: string;
  readonly isWrite: boolean;
};

/** Between two signs of life, milliseconds. */
export const ALIVE_MS = 250;

import type { Side } from '../../route/index.ts';
import type { Batch, BatchTimes } from '../../testing/index.ts';
import type { Sign } from '../apart.ts';

/** What the process that measures is told. One question at a time. */
export type Question =
  | { readonly kind: 'open'; readonly file: string; readonly sides: readonly Side[] }
  | { readonly kind: 'measure'; readonly operation: number; readonly batch: Batch }
  | { readonly kind: 'close' };

export type Reply =
  | { readonly kind: 'opened'; readonly operations: readonly OperationName[] }
  | { readonly kind: 'measured'; readonly result: BatchTimes }
  | { readonly kind: 'closed' }
  | Extract<Sign, { kind: 'failed' }>;

export type OperationName = {
  readonly name: string;
  readonly repository: string;
  readonly isWrite: boolean;
};

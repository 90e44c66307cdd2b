import type { ComparedPart, OperationId, PartOptions, Position } from '../../testing/index.ts';
import type { Sign } from '../apart.ts';
import type { ReplayedText } from './replayed.ts';

/** What the process that compares is told. One question at a time. */
export type Question =
  | { readonly kind: 'open'; readonly file: string; readonly repository: string }
  | {
      readonly kind: 'part';
      readonly of: OperationId;
      readonly from: Position;
      readonly options: PartOptions;
    }
  | {
      readonly kind: 'replay';
      readonly of: OperationId & { readonly id: string };
      /** As a sample shows them. */
      readonly args: readonly string[];
      readonly rounds: number;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'close' };

export type Reply =
  | {
      readonly kind: 'opened';
      readonly operations: readonly (OperationId & { readonly hasCalls: boolean })[];
    }
  | { readonly kind: 'part'; readonly part: ComparedPart }
  | { readonly kind: 'replayed'; readonly replayed: ReplayedText }
  | { readonly kind: 'closed' }
  | Extract<Sign, { kind: 'failed' }>;

import type { ErrorCode, Json } from '../kernel/index.ts';
import type { AgentStatus, FlagChange } from '../repository/index.ts';
import type { TelemetryBatch } from '../measure/index.ts';
import type { FlagState } from '../route/index.ts';
import type { EventMark, StorePlace } from '../store/index.ts';
import type { ServerAddress } from './server-link.ts';

/** A routing state that an instance took, by its epoch and by the event of the log that it came with. */
export type Taken = { readonly epoch: number; readonly mark: EventMark | null };

/** Where the state is. Either may hold a secret: it goes to the worker and nowhere else. */
export type StateOrigin =
  | { readonly kind: 'store'; readonly place: StorePlace }
  | { readonly kind: 'server'; readonly server: ServerAddress };

/** What the worker needs to know; structured-cloneable. */
export type WorkerOptions = {
  readonly from: StateOrigin;
  readonly stream: string;
  readonly instance: string;
  readonly stateFile: string;
  readonly killFile: string;
  /** Telemetry that is older is of no use to anybody. Milliseconds. */
  readonly keepMs: number;
  /** What the application serves by when the worker starts. */
  readonly taken: Taken;
};

/** From the application's thread to the worker. Every one with an `id` is answered by one `done` of the same. */
export type ToWorker =
  | {
      readonly kind: 'report';
      readonly id: number;
      readonly status: AgentStatus;
      readonly telemetry: TelemetryBatch | null;
    }
  | { readonly kind: 'flag'; readonly id: number; readonly change: FlagChange }
  | { readonly kind: 'refresh'; readonly id: number }
  | {
      readonly kind: 'close';
      readonly id: number;
      readonly status: AgentStatus;
      readonly telemetry: TelemetryBatch;
    };

/** From the worker. */
export type FromWorker =
  /** A newer state. `isOther`: the log has not got the one before, so what was acknowledged of it is of no use here. */
  | { readonly kind: 'routing'; readonly body: Json; readonly taken: Taken; readonly isOther: boolean }
  | { readonly kind: 'kill file'; readonly exists: boolean }
  | { readonly kind: 'done'; readonly id: number; readonly result: Done };

export type Done =
  /** What is stored now, `null` while there is none. */
  | { readonly kind: 'stored'; readonly taken: Taken | null }
  | { readonly kind: 'flag'; readonly flag: FlagState }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode | null;
      readonly message: string;
      readonly hint: string | null;
    };

import type { RequestBatch } from './requests.ts';
import type { ShadowBatch } from './shadow.ts';
import type { SketchData } from './sketch.ts';

/** One distinct error: what it looks like, without what differs from call to call. */
export type ErrorFingerprint = {
  /** Short hash of class, code and message. */
  readonly id: string;
  readonly class: string;
  /** Driver code or SQLSTATE of the error or of the nearest cause that has one. */
  readonly code?: string;
  /** Message with numbers, quoted text and identifiers replaced. */
  readonly message: string;
};

/** A distinct error with how often it was seen, and where it was thrown the first time. */
export type SeenError = ErrorFingerprint & {
  readonly count: number;
  /** Frames without the message, which may hold data. Absent where what was thrown has none. */
  readonly stack?: readonly string[];
};

/** What one side of one operation did in one batch. Counts are of finished calls. */
export type OperationBatch = {
  readonly repository: string;
  readonly operation: string;
  readonly side: 'control' | 'candidate';
  readonly calls: number;
  readonly errors: number;
  /** Errors that `ignoreErrors` named: counted, but not errors of the implementation. */
  readonly ignored: number;
  /** Milliseconds. */
  readonly latency: SketchData;
  readonly fingerprints: readonly SeenError[];
};

/** The process as a whole, at the end of a batch. Absent means not measured, never zero. */
export type Gauges = {
  /** Bytes. */
  readonly rss?: number;
  /** Bytes of the used heap. */
  readonly heap?: number;
  /** Share of one core over the batch: 1 is one core busy. */
  readonly cpu?: number;
  /** p99 over the batch, milliseconds. */
  readonly eventLoopDelay?: number;
  /** Open database connections, from the function that the application gave. */
  readonly connections?: number;
};

export const GAUGE_NAMES = ['rss', 'heap', 'cpu', 'eventLoopDelay', 'connections'] as const;
export type GaugeName = (typeof GAUGE_NAMES)[number];

/** What an instance reports once a second. */
export type TelemetryBatch = {
  readonly v: 1;
  /** Routing epoch at the end of the batch. */
  readonly epoch: number;
  /** How long the batch covers, monotonic milliseconds. */
  readonly spanMs: number;
  readonly operations: readonly OperationBatch[];
  readonly gauges: Gauges;
  /** What the application counted itself (`cutover.count('complaints')`). */
  readonly counters: Readonly<Record<string, number>>;
  /** Calls that needed a sticky key and had none. */
  readonly keyMissing: number;
  /** Scopes that were pinned in it, if only for a moment: their calls are one decision. Absent in a report from before. */
  readonly pinned?: number;
  /** What the shadow saw; absent without one. */
  readonly shadow?: readonly ShadowBatch[];
  /** What the request middleware saw; absent without one. */
  readonly requests?: readonly RequestBatch[];
  /** What pages said of themselves, one `requests` a view, its load time the latency. Absent without a beacon. */
  readonly pages?: readonly RequestBatch[];
  /** Entries that did not fit the memory bound and were added to `(other)`. */
  readonly overflow: number;
};

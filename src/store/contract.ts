import type { Json } from '../kernel/index.ts';

/**
 * The log, state and telemetry of migrations, shared by controller, command line and instances. One contract,
 * one conformance suite (`test/conformance/store.ts`), several engines. The store knows JSON and order, not meaning.
 *
 * A stream is one migration in one environment, `<migration>/<environment>`. Every method rejects with a
 * `CutoverError` whose code starts with `STORE_` when the store itself is at fault: `STORE_LOCKED` after
 * `busyTimeoutMs`, `STORE_CORRUPT`, `STORE_READ_ONLY`, `STORE_UNAVAILABLE`, `STORE_VERSION`.
 */
export interface Store {
  /**
   * Adds events behind `expectedSeq` and, in the same transaction, replaces the routing state.
   *
   * @throws CutoverError `SEQUENCE_CONFLICT` when somebody else wrote first (`details.seq` is the real one);
   *   `LEASE_LOST` when `fence` is given and is not the stream's current one.
   */
  append(
    stream: string,
    expectedSeq: number,
    drafts: readonly EventDraft[],
    more?: AppendMore,
  ): Promise<readonly StoredEvent[]>;
  /** Events with `seq > after`, oldest first. */
  read(stream: string, after?: number, limit?: number): Promise<readonly StoredEvent[]>;
  /** Names of all streams that have an event, sorted. */
  streams(): Promise<readonly string[]>;
  /**
   * Where the stream ended when it was last appended to, kept beside the events: a log whose end was cut off is told
   * from one that never was longer. It does not help against someone who changes both, or puts an older file in place.
   * `undefined` before the first event, and in a file that a version without it has made and only such have written.
   */
  head(stream: string): Promise<EventMark | undefined>;
  /**
   * The routing state as last appended; `undefined` before the first.
   *
   * @param known an event that the caller has seen: the answer then says whether the log has it, as it is in the same moment
   */
  routing(stream: string, known?: EventMark): Promise<StoredRouting | undefined>;
  /**
   * Calls `listener` after any commit by any process that may have changed the log or the routing state (within
   * 100 ms, also when nothing changed: a call is a reason to look, not a fact). Returns the way to stop.
   */
  watch(listener: () => void): () => void;

  /**
   * Creates or updates an instance's row and increments its `beat`; adds `telemetry` in the same transaction. Answers with
   * what is stored as the routing state then, so that who reports need not ask.
   */
  report(stream: string, instance: string, body: Json, telemetry?: Json): Promise<RoutingMark | undefined>;
  /** Several of them in one transaction, in this order; an instance at most once. All are stored, or none. */
  reportAll(stream: string, reports: readonly InstanceReport[]): Promise<RoutingMark | undefined>;
  /** Every instance that ever reported and was not removed. */
  instances(stream: string): Promise<readonly InstanceRecord[]>;
  /** Forgets an instance that left in good order or is long gone. */
  removeInstance(stream: string, instance: string): Promise<void>;
  /** Telemetry with `id > after`, oldest first. `id` grows with every batch of any stream. */
  telemetry(stream: string, after: number, limit?: number): Promise<readonly TelemetryRecord[]>;
  /**
   * The wall clock that telemetry is stamped by, milliseconds. Another machine's may differ by minutes: how old telemetry is
   * is asked of this one.
   */
  now(): Promise<number>;
  /** The newest telemetry id, 0 without any: where a reader starts that wants only what comes. */
  telemetryHead(stream: string): Promise<number>;
  /** Removes telemetry that was written more than `ageMs` before `now`. */
  pruneTelemetry(ageMs: number): Promise<number>;

  /** How far telemetry was folded into records; `undefined` before the first, and in a state of the version before. */
  historyMark(stream: string): Promise<HistoryMark | undefined>;
  /** Records of one size of these series that begin in a stretch of time, oldest first. */
  history(stream: string, asked: HistoryQuery): Promise<readonly HistoryRecord[]>;
  /**
   * Adds and removes records and moves the mark, all of it or nothing, and only where the mark still is as `seen`. So what
   * was read before and is written with it was counted once, however many fold and wherever one of them ends.
   *
   * @returns whether it was done; not where somebody else was faster, nor in a state of the version before
   */
  changeHistory(stream: string, seen: HistoryMark | undefined, change: HistoryChange): Promise<boolean>;
  /** How much of it there is, for people. It takes as long as reading all of it. */
  historySize(stream: string): Promise<HistorySize>;

  /** The controller's lease as it is. `undefined` before the first. */
  lease(stream: string): Promise<LeaseRecord | undefined>;
  /**
   * Takes the lease with the next fencing token, if it still is as `seen` (compare and swap): free, released, or
   * watched by the caller for a whole time to live without its `beat` moving. `undefined` when somebody was faster.
   */
  takeLease(stream: string, holder: string, seen: LeaseRecord | undefined): Promise<LeaseRecord | undefined>;
  /** Increments the lease's beat. @throws CutoverError `LEASE_LOST` when `fence` is no longer the current one. */
  renewLease(stream: string, fence: number): Promise<void>;
  /** Lets go. Nothing happens when the fence is no longer the current one. */
  releaseLease(stream: string, fence: number): Promise<void>;

  close(): Promise<void>;
}

/** `v` is the version of this kind's body. A reader tolerates one step older and newer. */
export type EventDraft = { readonly kind: string; readonly v: number; readonly body: Json };

/** `hash` is SHA-256 over the canonical JSON of every other member, `prev` the hash of the event before (64 zeros first). */
export type StoredEvent = EventDraft & {
  readonly stream: string;
  /** 1, 2, 3, … without gaps within a stream. */
  readonly seq: number;
  /** Wall clock of the writer, milliseconds. */
  readonly at: number;
  readonly prev: string;
  readonly hash: string;
};

export type AppendMore = {
  /** The controller's fencing token; without it the append is not fenced (an operator's request). */
  readonly fence?: number;
  readonly routing?: RoutingRecord;
};

/** `epoch` must be greater than the stored one, or the append is refused with `SEQUENCE_CONFLICT`. */
export type RoutingRecord = { readonly epoch: number; readonly body: Json };

/** An event by its place and its hash, which stands for all of the past before it: two logs never share one by chance. */
export type EventMark = { readonly seq: number; readonly hash: string };

/** A routing state without its body. `mark` is the last event of the append that it came with; `null` when a version without marks wrote it. */
export type RoutingMark = { readonly epoch: number; readonly mark: EventMark | null };

/** `knows` is there when it was asked for. */
export type StoredRouting = RoutingRecord & RoutingMark & { readonly knows?: boolean };

/** What an instance says about itself, and what it counted since it last did. */
export type InstanceReport = {
  readonly instance: string;
  readonly body: Json;
  readonly telemetry?: Json;
};

export type InstanceRecord = {
  readonly instance: string;
  /** Grows with every report. Whether an instance lives is judged by this moving, never by comparing clocks. */
  readonly beat: number;
  readonly firstSeenAt: number;
  readonly body: Json;
};

export type TelemetryRecord = {
  readonly id: number;
  readonly instance: string;
  readonly at: number;
  readonly body: Json;
};

/** How far a stream's telemetry was folded. */
export type HistoryMark = {
  /** Grows with every change. */
  readonly beat: number;
  /** The number of the last batch that was. */
  readonly telemetryId: number;
  /** Every batch that was written before this moment was, milliseconds by the clock that telemetry is stamped by. */
  readonly foldedTo: number;
};

/** What happened in one stretch of time, in short. A stretch may have several: they add up. */
export type HistoryRecord = {
  /** What it is of; whoever folds names it. */
  readonly series: string;
  /** How long the stretch is, and when it begins. Milliseconds. */
  readonly sizeMs: number;
  readonly at: number;
  readonly body: Json;
};

/** `from <= at < to`. */
export type HistoryQuery = {
  /** `null` is all. */
  readonly series: readonly string[] | null;
  readonly sizeMs: number;
  readonly from: number;
  readonly to: number;
  /** The first so many. @default all */
  readonly limit?: number;
};

export type HistoryChange = Omit<HistoryMark, 'beat'> & {
  readonly add: readonly HistoryRecord[];
  /** All of this size that begin before this moment. What is added is added after. */
  readonly remove?: readonly { readonly sizeMs: number; readonly before: number }[];
};

export type HistorySize = {
  readonly records: number;
  readonly bytes: number;
  /** When the oldest begins; `null` without any. */
  readonly since: number | null;
};

export type LeaseRecord = {
  readonly holder: string;
  /** Grows with every taking. */
  readonly fence: number;
  /** Grows with every renewal. */
  readonly beat: number;
  readonly released: boolean;
};

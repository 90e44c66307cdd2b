import type { AgentStatus } from '../repository/index.ts';
import { parseCaptureAnswer } from '../route/index.ts';
import type { EventMark, InstanceRecord } from '../store/index.ts';

/** One instance as the controller knows it now. */
export type InstanceView = {
  readonly instance: string;
  /**
   * `live`: its beat moved within a lease, by the watcher's own monotonic clock. `gone`: watched for a whole lease
   * without a beat, so it took its fail side before. `unknown`: not watched long enough to say.
   */
  readonly liveness: 'live' | 'unknown' | 'gone';
  /** What it acknowledged is 0 when its state is of another log. */
  readonly status: AgentStatus | null;
  /** The state that it serves by was never in this log: an older or another state file was put in its place. */
  readonly isForeign?: boolean;
};

/** An id whose lease expired this many leases ago is forgotten. */
const FORGET_AFTER_LEASES = 4;

type Seen = { readonly beat: number; readonly since: number; readonly moved: boolean };

/**
 * Judges who lives by watching beats move. No clock of another machine is read, and a wall clock that jumps changes
 * nothing; the price is that a watcher which just started has to watch for one lease before it may call anyone gone.
 */
export class InstanceWatcher {
  readonly #leaseMs: number;
  readonly #seen = new Map<string, Seen>();

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /**
   * @param now monotonic milliseconds
   * @param foreign ids of instances that serve by a state of another log
   */
  look(
    records: readonly InstanceRecord[],
    now: number,
    foreign: ReadonlySet<string> = new Set(),
  ): readonly InstanceView[] {
    const here = new Set(records.map(({ instance }) => instance));
    for (const id of this.#seen.keys()) if (!here.has(id)) this.#seen.delete(id);
    return records.map((record) => this.#view(record, now, foreign.has(record.instance)));
  }

  /** Ids that have been gone for so long that their rows may be removed. */
  forgettable(now: number): readonly string[] {
    const limit = this.#leaseMs * FORGET_AFTER_LEASES;
    return [...this.#seen].filter(([, { since }]) => now - since > limit).map(([id]) => id);
  }

  #view(record: InstanceRecord, now: number, isForeign: boolean): InstanceView {
    const before = this.#seen.get(record.instance);
    const moved = before !== undefined && before.beat !== record.beat;
    const seen =
      before === undefined || moved
        ? { beat: record.beat, since: now, moved: moved || before !== undefined }
        : before;
    this.#seen.set(record.instance, seen);
    const expired = now - seen.since > this.#leaseMs;
    const liveness = expired ? 'gone' : seen.moved ? 'live' : 'unknown';
    const status = parseStatus(record.body);
    return isForeign && status !== null
      ? { instance: record.instance, liveness, status: ofOtherLog(status), isForeign }
      : { instance: record.instance, liveness, status };
  }
}

/** No acknowledgement of another log counts, and a person is told. */
function ofOtherLog(status: AgentStatus): AgentStatus {
  const note = `serves by epoch ${status.applied} of another log: the state file was replaced by an older or another one; start it again`;
  return { ...status, acknowledged: 0, notes: [...status.notes, note] };
}

/** A body from a version one step away may lack members; what is not an object at all is no status. */
export function parseStatus(body: unknown): AgentStatus | null {
  if (typeof body !== 'object' || body === null) return null;
  const status = body as Partial<AgentStatus>;
  const capture = parseCaptureAnswer(status.capture);
  return {
    v: 1,
    applied: countOf(status.applied),
    acknowledged: countOf(status.acknowledged),
    pins: countOf(status.pins),
    serving: servingOf(status.serving),
    notes: Array.isArray(status.notes) ? status.notes.filter((note) => typeof note === 'string') : [],
    mark: markOf(status.mark),
    ...(capture === undefined ? {} : { capture }),
  };
}

/**
 * Whether nothing of an epoch before `epoch` can still be served there.
 *
 * @param newest the store's own epoch: what was acknowledged above it is of a state that this store never had (it was
 *   restored from a copy), and proves nothing
 */
export function isSettled(view: InstanceView, epoch: number, newest: number): boolean {
  return view.liveness === 'gone' || hasAcknowledged(view, epoch, newest);
}

/** @param newest as for `isSettled` */
export function hasAcknowledged({ status }: InstanceView, epoch: number, newest: number): boolean {
  const acknowledged = status?.acknowledged ?? 0;
  return acknowledged >= epoch && acknowledged <= newest;
}

function servingOf(value: unknown): AgentStatus['serving'] {
  if (typeof value !== 'object' || value === null) return {};
  const sides = Object.entries(value as AgentStatus['serving']);
  return Object.fromEntries(sides.filter(([, of]: [string, unknown]) => isServed(of)));
}

function isServed(of: unknown): boolean {
  if (typeof of !== 'object' || of === null || !('side' in of) || !('why' in of)) return false;
  return typeof of.side === 'string' && typeof of.why === 'string';
}

/** The event is looked up in the log: a store fails on a sequence that none can have. */
function markOf(value: AgentStatus['mark']): EventMark | null {
  const { seq, hash } = value ?? {};
  return seq !== undefined && Number.isSafeInteger(seq) && seq > 0 && typeof hash === 'string'
    ? { seq, hash }
    : null;
}

/** What is no number of a state, nor of pins, counts for none: nobody can have acknowledged it. */
function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

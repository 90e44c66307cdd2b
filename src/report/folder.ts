import type { Clock } from '../kernel/index.ts';
import { parseTelemetryBatch } from '../measure/index.ts';
import type { HistoryMark, Store, TelemetryRecord } from '../store/index.ts';
import { quartersOf } from './history-cells.ts';
import { FLEET, HISTORY_KEPT_MS, MINUTE_MS, MINUTES_KEPT_MS, QUARTER_MS } from './history-sizes.ts';
import { MinuteFold } from './minute-fold.ts';

type Folded = Pick<Store, 'now' | 'telemetry' | 'historyMark' | 'history' | 'changeHistory'>;

/** Between two pages others have their turn. Records. */
const PAGE = 250;
/** A minute is folded when it is over for so long: what was written in it can be read then. Milliseconds. */
const SETTLE_MS = 2_000;
/** What a clock wrote that is farther ahead has no place in time. Milliseconds. */
const MOST_AHEAD_MS = 60_000;
/** Records are put together for so long a time at once. Milliseconds. */
const MOST_AT_ONCE_MS = 4 * 3_600_000;

/**
 * Folds the telemetry of a stream into records that are kept for longer, a minute in one change of the store.
 *
 * A change says which mark it has read, and is refused when the mark has moved since. So any number of these may work on a
 * stream, and each may end anywhere: what is behind the mark was counted once, and what is before it not at all.
 */
export class TelemetryFolder {
  readonly #store: Folded;
  readonly #clock: Clock;
  readonly #stream: string;

  constructor(store: Folded, clock: Clock, stream: string) {
    this.#store = store;
    this.#clock = clock;
    this.#stream = stream;
  }

  /**
   * Folds every minute that is over.
   *
   * @param what `all` folds the minute that is on, too, for who will not come again; what is reported later is a part of its own
   * @param signal ends it between two minutes
   */
  async fold(what: 'minutes' | 'all' = 'minutes', signal?: AbortSignal): Promise<void> {
    const now = await this.#store.now();
    const to = what === 'all' ? now + 1 : beginOf(now - SETTLE_MS);
    for (;;) {
      if (signal?.aborted === true) return;
      const mark = await this.#store.historyMark(this.#stream);
      if (mark !== undefined && mark.foldedTo >= to && mark.foldedTo <= now) break;
      if (!(await this.#foldOne(mark, to, now))) break;
    }
    await this.#putTogether(now);
  }

  /** @returns whether there may be more; not where somebody else was faster: that one goes on */
  async #foldOne(mark: HistoryMark | undefined, to: number, now: number): Promise<boolean> {
    const fold = new MinuteFold();
    const before = mark?.telemetryId ?? 0;
    let telemetryId = before;
    let foldedTo: number | null = null;
    for await (const record of this.#written(before)) {
      const isPlaced = record.at < now + MOST_AHEAD_MS;
      if (isPlaced && record.at >= (foldedTo ?? to)) {
        foldedTo = Math.min(to, beginOf(record.at));
        break;
      }
      telemetryId = record.id;
      if (!isPlaced) continue;
      // The first one says which minute this is about; what a clock that was set back wrote behind it is folded with it.
      foldedTo ??= Math.min(to, beginOf(record.at) + MINUTE_MS);
      const batch = parseTelemetryBatch(record.body);
      if (batch !== undefined) fold.add(record, batch);
    }
    if (telemetryId === before) return false;
    const change = { telemetryId, foldedTo: foldedTo ?? to, add: fold.records };
    return this.#store.changeHistory(this.#stream, mark, change);
  }

  async *#written(after: number): AsyncGenerator<TelemetryRecord, void> {
    for (let last = after; ;) {
      const page = await this.#store.telemetry(this.#stream, last, PAGE);
      yield* page;
      last = page.at(-1)?.id ?? last;
      if (page.length < PAGE) return;
      await this.#clock.sleep(1);
    }
  }

  /** Old minutes become quarters of an hour, and what is older than all that is kept goes. */
  async #putTogether(now: number): Promise<void> {
    const store = this.#store;
    const whole = (at: number): number => Math.floor(at / QUARTER_MS) * QUARTER_MS;
    const limits = { minutes: whole(now - MINUTES_KEPT_MS), quarters: whole(now - HISTORY_KEPT_MS) };
    for (;;) {
      const mark = await store.historyMark(this.#stream);
      if (mark === undefined) return;
      const old = { series: [FLEET], from: 0 };
      const [minute] = await store.history(this.#stream, { ...old, sizeMs: MINUTE_MS, to: limits.minutes });
      const [quarter] = await store.history(this.#stream, {
        ...old,
        sizeMs: QUARTER_MS,
        to: limits.quarters,
      });
      if (minute === undefined && quarter === undefined) return;
      const until = Math.min(limits.minutes, whole(minute?.at ?? 0) + MOST_AT_ONCE_MS);
      const all = { series: null, sizeMs: MINUTE_MS, from: 0, to: until };
      const minutes = minute === undefined ? [] : await store.history(this.#stream, all);
      const { telemetryId, foldedTo } = mark;
      const isDone = await store.changeHistory(this.#stream, mark, {
        telemetryId,
        foldedTo,
        add: quartersOf(minutes),
        remove: [
          ...(minute === undefined ? [] : [{ sizeMs: MINUTE_MS, before: until }]),
          ...(quarter === undefined ? [] : [{ sizeMs: QUARTER_MS, before: limits.quarters }]),
        ],
      });
      if (!isDone) return;
    }
  }
}

/** Of the minute that a moment lies in. */
function beginOf(at: number): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS;
}

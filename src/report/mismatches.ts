import type { Clock } from '../kernel/index.ts';
import { parseTelemetryBatch } from '../measure/index.ts';
import type { Store } from '../store/index.ts';
import { MINUTE_MS, MISMATCHES, QUARTER_MS } from './history-sizes.ts';
import { parseMismatches } from './mismatches-record.ts';
import { MismatchSums, type Mismatches, type Reported } from './mismatch-sums.ts';

type Read = Pick<Store, 'telemetry' | 'historyMark' | 'history'>;
/** What was folded, and up to which batch of telemetry. */
type Folded = { readonly key: string; readonly upTo: number; readonly found: Mismatches };

/** Between two pages others have their turn: an hour of a large fleet is read for seconds. Records. */
const PAGE = 250;
/** Somebody may fold between two looks; three times in a row nobody does. */
const MOST_TRIES = 3;

/** What shadows saw since a moment: from records, and from telemetry where nothing was folded yet. */
export class MismatchReader {
  readonly #store: Read;
  readonly #clock: Clock;
  readonly #stream: string;
  #folded: Folded | null = null;

  constructor(store: Read, clock: Clock, stream: string) {
    this.#store = store;
    this.#clock = clock;
    this.#stream = stream;
  }

  /** @param since wall clock, milliseconds; records tell times apart by minutes, old ones by quarters of an hour */
  async read(since = 0): Promise<Mismatches> {
    const from = Math.floor(since / MINUTE_MS) * MINUTE_MS;
    const { upTo, found } = await this.#readFolded(from);
    const sums = new MismatchSums();
    sums.addSums(found);
    for (let after = 0; ;) {
      const records = await this.#store.telemetry(this.#stream, after, PAGE);
      for (const { id, instance, at, body } of records) {
        after = id;
        const batch = at < from ? undefined : parseTelemetryBatch(body);
        if (batch?.shadow === undefined) continue;
        const reported = { instance, epoch: batch.epoch, shadow: batch.shadow };
        // Samples are in telemetry only.
        if (id <= upTo) sums.recall(reported);
        else sums.add(reported);
      }
      if (records.length < PAGE) return sums.all;
      await this.#clock.sleep(1);
    }
  }

  async #readFolded(from: number): Promise<Folded> {
    for (let tries = 1; ; tries += 1) {
      const mark = await this.#store.historyMark(this.#stream);
      const key = `${mark?.beat ?? 0} ${from}`;
      if (this.#folded?.key === key) return this.#folded;
      const sums = new MismatchSums();
      const quarter = Math.floor(from / QUARTER_MS) * QUARTER_MS;
      for (const [sizeMs, begin] of [
        [QUARTER_MS, quarter],
        [MINUTE_MS, from],
      ] as const) {
        const asked = { series: [MISMATCHES], sizeMs, from: begin, to: Number.MAX_SAFE_INTEGER };
        for (const { body } of await this.#store.history(this.#stream, asked))
          sums.addSums(parseMismatches(body));
      }
      const behind = await this.#store.historyMark(this.#stream);
      this.#folded = { key, upTo: mark?.telemetryId ?? 0, found: sums.all };
      if (behind?.beat === mark?.beat || tries === MOST_TRIES) return this.#folded;
    }
  }
}

/** What shadows saw since a moment, once. */
export function readMismatches(store: Read, clock: Clock, stream: string, since = 0): Promise<Mismatches> {
  return new MismatchReader(store, clock, stream).read(since);
}

/** Batches in the order in which they were reported. */
export function mergeMismatches(reported: readonly Reported[]): Mismatches {
  const sums = new MismatchSums();
  for (const one of reported) sums.add(one);
  return sums.all;
}

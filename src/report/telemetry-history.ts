import { parseTelemetryBatch } from '../measure/index.ts';
import type { Store, TelemetryRecord } from '../store/index.ts';
import type { Clock } from '../kernel/index.ts';
import { type Cell, TelemetryCell } from './telemetry-cell.ts';

/** Telemetry is kept for an hour. What is close is kept finely, and all of it coarsely. */
const RINGS = [
  { sizeMs: 2_000, cells: 300 },
  { sizeMs: 15_000, cells: 244 },
] as const;

/** All of it is kept so finely, milliseconds. */
export const NEWEST_EVERY_MS = RINGS[1].sizeMs;

/** Of a large fleet the newest reports are read and no more: what was before is not known here, and says so. Numbers. */
const MOST_READ = 100_000;
/** Read at once. What is older follows with the next requests, so that none waits for all of it. Numbers. */
const CHUNK = 5_000;
/** Between two pages others have their turn. Records. */
const PAGE = 250;
/** A report of this long ago may still be on its way: a stretch that is not over would look like a fall. Milliseconds. */
const LATE_MS = 1_500;
/** What a clock wrote that is farther ahead has no place in time, and would push out what has one. Milliseconds. */
const MOST_AHEAD_MS = 60_000;

/** Stretches of time of one length; `null` where nobody reported. */
export type Stretches = {
  readonly sizeMs: number;
  /** When the first one begins; the others follow without gaps. */
  readonly from: number;
  readonly cells: readonly (Cell | null)[];
};

/** At most so many stretches of time, each of them at least so long. Wall clock, milliseconds. */
export type Range = {
  readonly from: number;
  readonly to: number;
  readonly most: number;
  readonly stepMs: number;
};

/** How finely a part of them is kept. */
export type Kept = { readonly from: number; readonly to: number; readonly everyMs: number };

export type KeptStretches = Stretches & {
  readonly kept: readonly Kept[];
  /** Since when something is known of it; `null` where nothing is. */
  readonly knownSince: number | null;
};

/** The telemetry of a stream as far back as it is kept. Reads each report once, whoever asks how often. */
export class TelemetryHistory {
  readonly #store: Pick<Store, 'telemetry' | 'telemetryHead'>;
  readonly #clock: Clock;
  readonly #stream: string;
  readonly #rings = RINGS.map(() => new Map<number, TelemetryCell>());
  /** The newest number that was read, and the one before the oldest. */
  #after: number | null = null;
  #before = 0;
  #chunk = CHUNK;
  #knownSince: number | null = null;
  #now = 0;
  #reading: Promise<void> | null = null;

  constructor(store: Pick<Store, 'telemetry' | 'telemetryHead'>, clock: Clock, stream: string) {
    this.#store = store;
    this.#clock = clock;
    this.#stream = stream;
  }

  /** Since when something is known here; `null` before the first report. */
  get knownSince(): number | null {
    return this.#knownSince;
  }

  /**
   * Reads what came since, and a piece of what was before. Who asks while somebody reads waits for the same.
   *
   * @param now by the clock that stamps telemetry, milliseconds
   */
  async catchUp(now: number): Promise<void> {
    this.#now = now;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /** Stretches between two moments, the last one over by now. */
  between({ from, to, most, stepMs }: Range): KeptStretches {
    const now = this.#now;
    const index = RINGS.findIndex(({ sizeMs, cells }) => from >= now - sizeMs * (cells - 1));
    const ring = index < 0 ? RINGS.length - 1 : index;
    const step = RINGS[ring]?.sizeMs ?? 1;
    const sizeMs = step * Math.max(1, Math.ceil(Math.max(stepMs, (to - from) / (most - 1)) / step));
    const first = Math.floor(from / sizeMs) * sizeMs;
    const last = Math.min(to, now - LATE_MS);
    const count = Math.max(0, Math.floor((last - first) / sizeMs));
    const cells = Array.from({ length: count }, (_, at) => this.#merged(ring, first + at * sizeMs, sizeMs));
    const kept = [{ from: first, to, everyMs: step }];
    return { sizeMs, from: first, cells, kept, knownSince: this.#knownSince };
  }

  /** Since when all could be known that is kept here. */
  get reachesTo(): number {
    return this.#now - RINGS[1].sizeMs * (RINGS[1].cells - 1);
  }

  /** What is known of one stretch of whole minutes. */
  stretch(at: number, sizeMs: number): TelemetryCell | null {
    return this.#merged(1, at, sizeMs);
  }

  /** All that is known between two moments, as finely cut as it is kept. */
  over(from: number, to: number): TelemetryCell {
    const ring = from >= this.#now - RINGS[0].sizeMs * (RINGS[0].cells - 1) ? 0 : 1;
    const { sizeMs } = RINGS[ring];
    const first = Math.floor(from / sizeMs) * sizeMs;
    return this.#merged(ring, first, Math.ceil((to - first) / sizeMs) * sizeMs) ?? new TelemetryCell();
  }

  #merged(ring: number, from: number, forMs: number): TelemetryCell | null {
    const { sizeMs } = RINGS[ring] ?? RINGS[1];
    const found: TelemetryCell[] = [];
    for (let at = from; at < from + forMs; at += sizeMs) {
      const cell = this.#rings[ring]?.get(at / sizeMs);
      if (cell !== undefined) found.push(cell);
    }
    const [only] = found;
    if (only === undefined || found.length === 1) return only ?? null;
    const merged = new TelemetryCell();
    for (const cell of found) merged.merge(cell);
    return merged;
  }

  async #read(): Promise<void> {
    const head = await this.#store.telemetryHead(this.#stream);
    const isOther = this.#after !== null && head > 0 && head < this.#after;
    // Another state was put in the place of this one; or nobody asked for so long that most of it is not kept any more.
    if (isOther || (this.#after !== null && head - this.#after > MOST_READ)) this.#forget();
    if (this.#after === null) {
      this.#after = Math.max(0, head - CHUNK);
      this.#before = this.#after;
    }
    this.#after = await this.#readBetween(this.#after, Infinity);
    await this.#readBefore(head);
    this.#prune();
  }

  async #readBefore(head: number): Promise<void> {
    const least = Math.max(0, head - MOST_READ);
    if (this.#before <= least || this.#isWhole) return;
    const from = Math.max(least, this.#before - this.#chunk);
    const known = this.#knownSince;
    await this.#readBetween(from, this.#before);
    this.#before = from;
    // Numbers are counted over all migrations: where none is of this one, the next look goes farther.
    this.#chunk = this.#knownSince === known ? this.#chunk * 2 : CHUNK;
  }

  /** What is read goes back as far as anything is kept. */
  get #isWhole(): boolean {
    const { sizeMs, cells } = RINGS[1];
    return this.#knownSince !== null && this.#knownSince < this.#now - sizeMs * (cells - 1);
  }

  /** @returns the number of the last record up to `to` */
  async #readBetween(after: number, to: number): Promise<number> {
    const latest = this.#now + MOST_AHEAD_MS;
    for (let last = after; ;) {
      const page = await this.#store.telemetry(this.#stream, last, PAGE);
      const records = page.filter(({ id }) => id <= to);
      for (const record of records) if (record.at < latest) this.#add(record);
      last = records.at(-1)?.id ?? last;
      if (page.length < PAGE || records.length < page.length) return last;
      await this.#clock.sleep(1);
    }
  }

  #add({ instance, at, body }: TelemetryRecord): void {
    const batch = parseTelemetryBatch(body);
    if (batch === undefined) return;
    // A report is of the time before it was written.
    const middle = at - batch.spanMs / 2;
    const now = this.#now;
    this.#knownSince = Math.min(this.#knownSince ?? middle, middle);
    for (const [index, { sizeMs, cells }] of RINGS.entries()) {
      if (middle < now - sizeMs * cells) continue;
      const ring = this.#rings[index];
      const place = Math.floor(middle / sizeMs);
      const cell = ring?.get(place) ?? new TelemetryCell();
      cell.add(instance, batch);
      ring?.set(place, cell);
    }
  }

  #prune(): void {
    const now = this.#now;
    for (const [index, { sizeMs, cells }] of RINGS.entries()) {
      const ring = this.#rings[index];
      const least = Math.floor(now / sizeMs) - cells;
      for (const place of ring?.keys() ?? []) if (place < least) ring?.delete(place);
    }
    const { sizeMs, cells } = RINGS[1];
    if (this.#knownSince !== null) this.#knownSince = Math.max(this.#knownSince, now - sizeMs * cells);
  }

  #forget(): void {
    this.#after = null;
    this.#before = 0;
    this.#chunk = CHUNK;
    this.#knownSince = null;
    for (const ring of this.#rings) ring.clear();
  }
}

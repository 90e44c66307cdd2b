import { parseTelemetryBatch } from '../measure/index.ts';
import type { Store, TelemetryRecord } from '../store/index.ts';
import { TelemetryCell } from './telemetry-cell.ts';

/** Telemetry is kept for an hour. What is close is kept finely, and all of it coarsely. */
const RINGS = [
  { sizeMs: 2_000, cells: 300 },
  { sizeMs: 15_000, cells: 244 },
] as const;

/** Of a large fleet the newest reports are read and no more: what was before is not known here, and says so. Records. */
const MOST_READ = 100_000;
const PAGE = 1_000;
/** A report of this long ago may still be on its way: a stretch that is not over would look like a fall. Milliseconds. */
const LATE_MS = 1_500;
/** What a clock wrote that is farther ahead has no place in time, and would push out what has one. Milliseconds. */
const MOST_AHEAD_MS = 60_000;

/** Stretches of time of one length; `null` where nobody reported. */
export type Stretches = {
  readonly sizeMs: number;
  /** When the first one begins; the others follow without gaps. */
  readonly from: number;
  readonly cells: readonly (TelemetryCell | null)[];
};

/** The telemetry of a stream as far back as it is kept. Reads each report once, whoever asks how often. */
export class TelemetryHistory {
  readonly #store: Pick<Store, 'telemetry' | 'telemetryHead'>;
  readonly #stream: string;
  readonly #rings = RINGS.map(() => new Map<number, TelemetryCell>());
  #after: number | null = null;
  #knownSince: number | null = null;
  #newest = 0;
  #reading: Promise<void> | null = null;

  constructor(store: Pick<Store, 'telemetry' | 'telemetryHead'>, stream: string) {
    this.#store = store;
    this.#stream = stream;
  }

  /** Since when something is known here; `null` before the first report. */
  get knownSince(): number | null {
    return this.#knownSince;
  }

  /** Reads what came since. Who asks while somebody reads waits for the same. @param now wall clock, milliseconds */
  async catchUp(now: number): Promise<void> {
    this.#reading ??= this.#read(now).finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /** At most so many stretches between two moments, the last one over at `now`. Wall-clock milliseconds. */
  between(from: number, to: number, now: number, most: number): Stretches {
    const index = RINGS.findIndex(({ sizeMs, cells }) => from >= this.#newest - sizeMs * (cells - 1));
    const ring = index < 0 ? RINGS.length - 1 : index;
    const step = RINGS[ring]?.sizeMs ?? 1;
    const sizeMs = step * Math.max(1, Math.ceil((to - from) / step / (most - 1)));
    const first = Math.floor(from / sizeMs) * sizeMs;
    const last = Math.min(to, now - LATE_MS);
    const count = Math.max(0, Math.floor((last - first) / sizeMs));
    const cells = Array.from({ length: count }, (_, at) => this.#merged(ring, first + at * sizeMs, sizeMs));
    return { sizeMs, from: first, cells };
  }

  /** All that is known between two moments, as finely cut as it is kept. */
  over(from: number, to: number): TelemetryCell {
    const ring = from >= this.#newest - RINGS[0].sizeMs * (RINGS[0].cells - 1) ? 0 : 1;
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

  async #read(now: number): Promise<void> {
    const head = await this.#store.telemetryHead(this.#stream);
    // Another state was put in the place of this one: what is numbered lower is not what was read.
    if (this.#after !== null && head < this.#after && head > 0) this.#forget();
    if (this.#after !== null && head - this.#after > MOST_READ) this.#forget();
    let after = this.#after ?? Math.max(0, head - MOST_READ);
    for (;;) {
      const records = await this.#store.telemetry(this.#stream, after, PAGE);
      for (const record of records) if (record.at < now + MOST_AHEAD_MS) this.#add(record);
      after = records.at(-1)?.id ?? after;
      this.#after = after;
      if (records.length < PAGE) return this.#prune();
    }
  }

  #add({ instance, at, body }: TelemetryRecord): void {
    const batch = parseTelemetryBatch(body);
    if (batch === undefined) return;
    // A report is of the time before it was written.
    const middle = at - batch.spanMs / 2;
    this.#newest = Math.max(this.#newest, middle);
    this.#knownSince = Math.min(this.#knownSince ?? middle, middle);
    for (const [index, { sizeMs, cells }] of RINGS.entries()) {
      if (middle < this.#newest - sizeMs * cells) continue;
      const ring = this.#rings[index];
      const place = Math.floor(middle / sizeMs);
      const cell = ring?.get(place) ?? new TelemetryCell();
      cell.add(instance, batch);
      ring?.set(place, cell);
    }
  }

  #prune(): void {
    for (const [index, { sizeMs, cells }] of RINGS.entries()) {
      const ring = this.#rings[index];
      const least = Math.floor(this.#newest / sizeMs) - cells;
      for (const place of ring?.keys() ?? []) if (place < least) ring?.delete(place);
    }
    const { sizeMs, cells } = RINGS[1];
    if (this.#knownSince !== null)
      this.#knownSince = Math.max(this.#knownSince, this.#newest - sizeMs * cells);
  }

  #forget(): void {
    this.#after = null;
    this.#knownSince = null;
    this.#newest = 0;
    for (const ring of this.#rings) ring.clear();
  }
}

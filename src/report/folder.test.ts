import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock, type Clock, type Json } from '../kernel/index.ts';
import { LatencySketch, parseTelemetryBatch, type SketchData } from '../measure/index.ts';
import type {
  HistoryChange,
  HistoryMark,
  HistoryQuery,
  HistoryRecord,
  TelemetryRecord,
} from '../store/index.ts';
import { TelemetryFolder } from './folder.ts';
import { cellOver, cellsOf } from './history-cells.ts';
import { FLEET, MINUTE_MS, QUARTER_MS } from './history-sizes.ts';
import { LongHistory } from './long-history.ts';
import { MismatchReader } from './mismatches.ts';
import { OperationSums } from './operation-sums.ts';
import { seriesOf } from './series.ts';

const NOW = Math.floor(1_800_000_000_000 / QUARTER_MS) * QUARTER_MS;
const DAY_MS = 86_400_000;
const STREAM = 's';
/** It is always now. */
const clock: Clock = { ...systemClock, sleep: () => Promise.resolve() };

type Told = {
  readonly at: number;
  readonly instance?: string;
  readonly repository?: string;
  readonly operation?: string;
  readonly side?: 'control' | 'candidate';
  readonly calls?: number;
  readonly errors?: number;
  readonly ms?: number;
  readonly spanMs?: number;
  readonly mismatches?: number;
};

/** What an instance reports in one batch. */
function batchOf({
  repository = 'user',
  operation = 'find',
  side = 'candidate',
  calls = 1,
  errors = 0,
  ms = 10,
  spanMs = 1_000,
  mismatches = 0,
  at,
}: Told): Json {
  const sketch = new LatencySketch();
  for (let call = 0; call < calls; call += 1) sketch.record(ms + call);
  const group = { id: 'g1', kind: 'value', path: 'name', count: mismatches, firstAt: at - 500, lastAt: at };
  const sample = { at: 'name', control: '1', candidate: '2', args: [], served: 'control' };
  const shadow = {
    repository,
    operation,
    sampled: mismatches + 2,
    states: { match: 2, mismatch: mismatches },
    reasons: {},
    groups: [{ ...group, sample: { ...sample, controlMs: 1, candidateMs: 2 } }],
  };
  return {
    epoch: 3,
    spanMs,
    operations: [{ repository, operation, side, calls, errors, ignored: 0, latency: [...sketch.drain()] }],
    gauges: {},
    counters: {},
    ...(mismatches === 0 ? {} : { shadow: [shadow] }),
  } as Json;
}

/** A store in memory that keeps the contract, and can fail at any of its steps. */
class KeptStore {
  telemetryOf: TelemetryRecord[] = [];
  mark: HistoryMark | undefined;
  records: (HistoryRecord & { readonly part: number })[] = [];
  clockAt = NOW;
  /** Fails at this step, before or after it was done. */
  failAt: { readonly step: number; readonly isDone: boolean } | null = null;
  #ids = 0;
  #steps = 0;

  tell(told: Told): void {
    this.#ids += 1;
    const { at, instance = 'a' } = told;
    this.telemetryOf.push({ id: this.#ids, instance, at, body: batchOf(told) });
  }

  get steps(): number {
    return this.#steps;
  }

  #step<T>(work: () => T): Promise<T> {
    this.#steps += 1;
    const fails = this.failAt?.step === this.#steps;
    if (fails && this.failAt?.isDone === false) return Promise.reject(new Error('killed before'));
    const result = work();
    return fails ? Promise.reject(new Error('killed behind')) : Promise.resolve(result);
  }

  now = (): Promise<number> => this.#step(() => this.clockAt);
  telemetryHead = async (): Promise<number> => this.#ids;
  telemetry = (_: string, after: number, limit = 1e9): Promise<readonly TelemetryRecord[]> =>
    this.#step(() => this.telemetryOf.filter(({ id }) => id > after).slice(0, limit));
  historyMark = (): Promise<HistoryMark | undefined> => this.#step(() => this.mark);
  history = (_: string, asked: HistoryQuery): Promise<readonly HistoryRecord[]> =>
    this.#step(() => {
      const { series, sizeMs, from, to, limit = Infinity } = asked;
      return this.records
        .filter((one) => one.sizeMs === sizeMs && one.at >= from && one.at < to)
        .filter((one) => series === null || series.includes(one.series))
        .toSorted((a, b) => a.at - b.at || (a.series < b.series ? -1 : 1))
        .slice(0, limit)
        .map(({ part: _part, ...record }) => record);
    });
  changeHistory = (_: string, seen: HistoryMark | undefined, change: HistoryChange): Promise<boolean> =>
    this.#step(() => {
      if (seen?.beat !== this.mark?.beat) return false;
      const beat = (this.mark?.beat ?? 0) + 1;
      const { add, remove = [], ...more } = change;
      this.mark = { beat, ...more };
      const isGone = (one: HistoryRecord): boolean =>
        remove.some(({ sizeMs, before }) => one.sizeMs === sizeMs && one.at < before);
      const kept = this.records.filter((one) => !isGone(one));
      this.records = [...kept, ...add.map((one) => ({ ...one, part: beat }))];
      const keys = this.records.map(({ series, sizeMs, at, part }) => `${series} ${sizeMs} ${at} ${part}`);
      expect(new Set(keys).size).toBe(keys.length);
      return true;
    });
}

const folder = (store: KeptStore): TelemetryFolder => new TelemetryFolder(store, clock, STREAM);

type Sum = { calls: number; errors: number; latency: SketchData };

/** What is in all of the records together, by operation and side. */
function inRecords(store: KeptStore): Record<string, Sum> {
  const sums: Record<string, Sum> = {};
  for (const sizeMs of [MINUTE_MS, QUARTER_MS]) {
    const cell = cellOver(cellsOf(store.records.filter((one) => one.sizeMs === sizeMs)), 0, Infinity);
    addTo(sums, cell?.operations ?? []);
  }
  return sums;
}

/** The same of telemetry, however it came. */
function inTelemetry(told: readonly TelemetryRecord[]): Record<string, Sum> {
  const sums = new OperationSums();
  for (const { body } of told)
    for (const one of parseTelemetryBatch(body)?.operations ?? []) sums.addCalls(one);
  return addTo({}, sums.all);
}

function addTo(sums: Record<string, Sum>, all: OperationSums['all']): Record<string, Sum> {
  for (const one of all)
    for (const side of ['control', 'candidate'] as const) {
      const { calls, errors, latency } = one[side];
      if (calls === 0) continue;
      const key = `${one.repository}.${one.operation} ${side}`;
      const known = sums[key] ?? { calls: 0, errors: 0, latency: [] };
      const merged = new OperationSums();
      const of = { repository: '', operation: '', side, ignored: 0, fingerprints: [] };
      merged.addCalls({ ...of, calls: 0, errors: 0, latency: known.latency });
      merged.addCalls({ ...of, calls: 0, errors: 0, latency: latency.data() });
      sums[key] = {
        calls: known.calls + calls,
        errors: known.errors + errors,
        latency: merged.total(null)[side].latency.data(),
      };
    }
  return sums;
}

const told = fc.record({
  ago: fc.integer({ min: 0, max: 6 * MINUTE_MS }),
  instance: fc.constantFrom('a', 'b', 'c'),
  repository: fc.constantFrom('user', 'bike'),
  operation: fc.constantFrom('find', 'list'),
  side: fc.constantFrom('control' as const, 'candidate' as const),
  calls: fc.integer({ min: 1, max: 9 }),
  errors: fc.integer({ min: 0, max: 1 }),
  ms: fc.double({ min: 0.01, max: 5_000, noNaN: true }),
  mismatches: fc.integer({ min: 0, max: 3 }),
});

describe('telemetry that is folded', () => {
  it('has every call once, whoever folds when, and wherever one of them is killed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(told, { maxLength: 40 }),
        fc.array(fc.record({ behind: fc.nat(40), failAt: fc.nat(25), isDone: fc.boolean() }), {
          maxLength: 6,
        }),
        async (all, rounds) => {
          const store = new KeptStore();
          for (const [index, { ago, ...one }] of all.entries()) {
            for (const { failAt, isDone } of rounds.filter(({ behind }) => behind === index)) {
              store.failAt = { step: store.steps + failAt, isDone };
              await Promise.allSettled([folder(store).fold('all'), folder(store).fold()]);
              store.failAt = null;
            }
            store.tell({ ...one, at: NOW - ago });
          }
          await Promise.all([folder(store).fold('all'), folder(store).fold('all')]);
          await folder(store).fold('all');
          expect(inRecords(store)).toEqual(inTelemetry(store.telemetryOf));
          // Once more, days later: minutes have become quarters of an hour.
          store.clockAt = NOW + 3 * DAY_MS;
          await folder(store).fold('all');
          expect(store.records.every(({ sizeMs }) => sizeMs === QUARTER_MS)).toBe(true);
          expect(inRecords(store)).toEqual(inTelemetry(store.telemetryOf));
          const { groups } = await new MismatchReader(store, clock, STREAM).read();
          const seen = all.reduce((sum, { mismatches }) => sum + mismatches, 0);
          expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(seen);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is the same after a fault at each step, of two days in which all of it happens', async () => {
    const begin = (): KeptStore => {
      const store = new KeptStore();
      for (let minute = 0; minute < 3; minute += 1)
        for (const instance of ['a', 'b'])
          store.tell({ at: NOW + minute * MINUTE_MS + 500, instance, calls: 2, mismatches: 1 });
      store.clockAt = NOW + 4 * MINUTE_MS;
      return store;
    };
    const whole = async (store: KeptStore): Promise<void> => {
      await folder(store).fold();
      store.clockAt = NOW + 3 * DAY_MS;
      await folder(store).fold();
    };
    const sound = begin();
    await whole(sound);
    const { steps } = sound;
    expect(steps).toBeGreaterThan(15);
    for (let step = 1; step <= steps; step += 1)
      for (const isDone of [false, true]) {
        const store = begin();
        store.failAt = { step, isDone };
        await whole(store).catch(() => whole(store));
        store.failAt = null;
        expect(inRecords(store), `step ${step}`).toEqual(inRecords(sound));
        const of = (one: KeptStore) => new MismatchReader(one, clock, STREAM).read();
        expect(await of(store), `step ${step}`).toEqual(await of(sound));
      }
  });

  it('waits until a minute is over, and takes what was written late in it as a part of its own', async () => {
    const store = new KeptStore();
    store.tell({ at: NOW + 10_000, calls: 3 });
    store.clockAt = NOW + 50_000;
    await folder(store).fold();
    expect(store.records).toEqual([]);
    store.clockAt = NOW + MINUTE_MS + 10_000;
    await folder(store).fold();
    expect(store.mark).toMatchObject({ telemetryId: 1, foldedTo: NOW + MINUTE_MS });
    // A clock that was set back.
    store.tell({ at: NOW + 20_000, calls: 4 });
    store.clockAt = NOW + 3 * MINUTE_MS;
    await folder(store).fold();
    expect(store.records.filter(({ series }) => series === FLEET).map(({ at }) => at)).toEqual([NOW, NOW]);
    expect(cellsOf(store.records).get(NOW)?.total(null).candidate.calls).toBe(7);
    expect(cellsOf(store.records).get(NOW)?.coveredMs).toBe(1_000);
  });

  it('is not held up by a clock that was ahead, nor by a report that nobody can read', async () => {
    const store = new KeptStore();
    store.tell({ at: NOW + 30 * DAY_MS });
    store.telemetryOf.push({ id: 1_000, instance: 'x', at: NOW - 2 * MINUTE_MS, body: 'no batch' });
    await folder(store).fold();
    expect(store.mark).toMatchObject({ telemetryId: 1_000, foldedTo: NOW - MINUTE_MS });
    expect(store.records).toEqual([]);
    // The machine's own clock was ahead when it folded, and is right again.
    store.mark = { beat: 7, telemetryId: 1_000, foldedTo: NOW + DAY_MS };
    store.telemetryOf.push({ id: 1_001, instance: 'a', at: NOW + 1_000, body: batchOf({ at: NOW }) });
    store.clockAt = NOW + 2 * MINUTE_MS;
    await folder(store).fold();
    expect(store.mark).toMatchObject({ telemetryId: 1_001, foldedTo: NOW + MINUTE_MS });
  });

  it('covers the time in which somebody reported, also where each instance is replaced by another', async () => {
    const store = new KeptStore();
    for (let second = 1; second < 60; second += 1)
      store.tell({ at: NOW + second * 1_000, instance: second < 30 ? 'before' : 'behind', calls: 5 });
    store.clockAt = NOW + 2 * MINUTE_MS;
    await folder(store).fold();
    const cell = cellsOf(store.records).get(NOW);
    expect(cell?.coveredMs).toBe(59_000);
    expect(((cell?.total(null).candidate.calls ?? 0) / (cell?.coveredMs ?? 1)) * 1_000).toBe(5);
    expect(cell?.size).toBe(2);
  });

  it('is removed after sixty days, and not before', async () => {
    const store = new KeptStore();
    store.tell({ at: NOW });
    store.clockAt = NOW + 2 * MINUTE_MS;
    await folder(store).fold();
    store.clockAt = NOW + 59 * DAY_MS;
    await folder(store).fold();
    expect(store.records.length).toBeGreaterThan(0);
    store.clockAt = NOW + 60 * DAY_MS + 2 * QUARTER_MS;
    await folder(store).fold();
    expect(store.records).toEqual([]);
  });

  it('keeps what two hundred operations of a repository did, the rarest of them together', async () => {
    const store = new KeptStore();
    for (let one = 0; one < 200; one += 1)
      store.tell({ at: NOW + 1_000, operation: `op${one}`, calls: one === 7 ? 50 : 1 });
    store.clockAt = NOW + 2 * MINUTE_MS;
    await folder(store).fold();
    const operations = cellsOf(store.records).get(NOW)?.operations ?? [];
    expect(operations).toHaveLength(100);
    expect(operations.map(({ operation }) => operation)).toEqual(expect.arrayContaining(['op7', '(other)']));
    expect(operations.reduce((sum, { candidate }) => sum + candidate.calls, 0)).toBe(249);
  });
});

describe('a long time, from records', () => {
  const nothing = { knownSince: null, stretch: () => null };
  const long = (store: KeptStore): LongHistory => new LongHistory(store, clock, STREAM);

  it('has gaps where nobody reported, and zero where nobody called', async () => {
    const store = new KeptStore();
    for (let minute = 0; minute < 180; minute += 1) {
      if (minute >= 60 && minute < 120) continue;
      const at = NOW + minute * MINUTE_MS + 30_000;
      store.tell({ at, calls: 4, side: minute < 60 ? 'control' : 'candidate' });
    }
    store.clockAt = NOW + 181 * MINUTE_MS;
    await folder(store).fold();
    const range = { from: NOW, to: NOW + 180 * MINUTE_MS, most: 19, stepMs: 0 };
    const found = await long(store).between(range, ['user'], store.clockAt, nothing);
    const { bucketMs, times, repositories, coveredMs } = seriesOf(found, ['user']);
    expect([bucketMs, times.length]).toEqual([10 * MINUTE_MS, 18]);
    const calls = repositories[0]?.control.calls ?? [];
    expect(calls).toEqual([...Array(6).fill(40), ...Array(6).fill(null), ...Array(6).fill(0)]);
    expect(coveredMs[0]).toBe(10_000);
    expect(repositories[0]?.candidate.p95.slice(5, 13)).toEqual([...Array(7).fill(null), expect.any(Number)]);
    expect(found.kept).toEqual([{ from: NOW, to: range.to, everyMs: MINUTE_MS }]);
    expect(found.knownSince).toBe(NOW);
  });

  it('loses no call at any seam: of quarters, of minutes, and of what was not folded yet', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 5 * 24 * 60 }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 5 * 24 * 60 }),
        fc.integer({ min: 2, max: 600 }),
        async (minutes, cut, most) => {
          const store = new KeptStore();
          const begin = NOW - 5 * DAY_MS;
          const all = minutes.toSorted((a, b) => a - b);
          for (const minute of all.filter((one) => one < cut))
            store.tell({ at: begin + minute * MINUTE_MS + 1_000, calls: 2 });
          store.clockAt = begin + cut * MINUTE_MS + 5_000;
          await folder(store).fold();
          for (const minute of all.filter((one) => one >= cut))
            store.tell({ at: begin + minute * MINUTE_MS + 1_000, calls: 2 });
          store.clockAt = NOW + MINUTE_MS + 5_000;
          await folder(store).fold();
          const range = { from: begin, to: store.clockAt, most, stepMs: 0 };
          const found = await long(store).between(range, ['user'], store.clockAt, nothing);
          const { times, repositories, operations } = seriesOf(found, ['user']);
          expect(times.length).toBeLessThanOrEqual(most);
          const points = repositories[0]?.candidate.calls ?? [];
          expect(points.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBe(2 * all.length);
          expect(operations[0]?.candidate.calls ?? 0).toBe(2 * all.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is read once for whoever asks before the next minute is folded', async () => {
    const store = new KeptStore();
    for (let minute = 0; minute < 90; minute += 1) store.tell({ at: NOW + minute * MINUTE_MS + 1_000 });
    store.clockAt = NOW + 91 * MINUTE_MS;
    await folder(store).fold();
    const range = { from: NOW, to: store.clockAt, most: 240, stepMs: 0 };
    const history = long(store);
    await history.between(range, ['user'], store.clockAt, nothing);
    const before = store.steps;
    await history.between(range, ['user'], store.clockAt, nothing);
    expect(store.steps).toBe(before + 1);
    expect(
      (await history.between(range, ['bike'], store.clockAt, nothing)).cells[0]?.total(['bike']).candidate
        .calls,
    ).toBe(0);
  });
});

describe('mismatches of a whole run', () => {
  it('are counted since it began, with the sample as long as telemetry is kept', async () => {
    const store = new KeptStore();
    for (let minute = 0; minute < 120; minute += 1)
      store.tell({ at: NOW + minute * MINUTE_MS + 1_000, instance: `i${minute % 3}`, mismatches: 2 });
    store.clockAt = NOW + 119 * MINUTE_MS + 5_000;
    await folder(store).fold();
    const [group] = (await new MismatchReader(store, clock, STREAM).read()).groups;
    expect(group).toMatchObject({ count: 240, firstAt: NOW + 500, sample: { control: '1' } });
    expect(group?.instances).toEqual(['i0', 'i1', 'i2']);
    // An hour is kept.
    store.telemetryOf = store.telemetryOf.slice(60);
    expect((await new MismatchReader(store, clock, STREAM).read()).groups[0]).toMatchObject({ count: 240 });
    expect(
      (await new MismatchReader(store, clock, STREAM).read(NOW + 100 * MINUTE_MS)).groups[0]?.count,
    ).toBe(40);
    store.telemetryOf = [];
    const [gone] = (await new MismatchReader(store, clock, STREAM).read()).groups;
    expect(gone).toMatchObject({ count: 238, lastAt: NOW + 118 * MINUTE_MS + 1_000 });
    expect(gone?.sample).toBeUndefined();
  });
});

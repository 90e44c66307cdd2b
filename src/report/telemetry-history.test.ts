import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock, type Clock, type Json } from '../kernel/index.ts';
import { LatencySketch } from '../measure/index.ts';
import type { TelemetryRecord } from '../store/index.ts';
import { seriesOf } from './series.ts';
import { TelemetryHistory } from './telemetry-history.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

type Told = {
  readonly at: number;
  readonly instance?: string;
  readonly control?: number;
  readonly candidate?: number;
};

const side = (name: 'control' | 'candidate', calls: number, ms: number) => {
  const sketch = new LatencySketch();
  for (let call = 0; call < calls; call += 1) sketch.record(ms);
  const operation = { repository: 'user', operation: 'find', side: name, calls, errors: 0, ignored: 0 };
  return { ...operation, latency: sketch.drain(), fingerprints: [] };
};

/** Telemetry as a store has it: numbered as it was written. */
class Told1s {
  readonly records: TelemetryRecord[] = [];

  add({ at, instance = 'a', control = 0, candidate = 0 }: Told): void {
    const body = {
      v: 1,
      epoch: 3,
      spanMs: 1_000,
      operations: [side('control', control, 10), side('candidate', candidate, 20)],
      gauges: {},
      counters: {},
      keyMissing: 0,
      overflow: 0,
    } as unknown as Json;
    this.records.push({ id: this.records.length + 1, instance, at, body });
  }

  telemetryHead = async (): Promise<number> => this.records.length;
  telemetry = async (_: string, after: number, limit = 1e9): Promise<readonly TelemetryRecord[]> =>
    this.records.slice(after, after + limit);
}

/** It is always now. */
const clock: Clock = { ...systemClock, sleep: () => Promise.resolve() };
const shown = (history: TelemetryHistory, from: number, to = NOW) =>
  seriesOf(history.between({ from, to, most: 240, stepMs: 0 }), ['user']);
const sum = (points: readonly (number | null)[] | undefined): number =>
  (points ?? []).reduce<number>((total, point) => total + (point ?? 0), 0);

describe('the telemetry that charts draw', () => {
  it('has nothing, and not zero, where nobody reported', async () => {
    const store = new Told1s();
    for (let at = NOW - 5 * MINUTE; at < NOW - 3 * MINUTE; at += 1_000) store.add({ at, control: 7 });
    for (let at = NOW - MINUTE; at < NOW; at += 1_000) store.add({ at, control: 0 });
    const history = new TelemetryHistory(store, clock, 's');
    await history.catchUp(NOW);
    const { times, coveredMs, repositories } = shown(history, NOW - 5 * MINUTE);
    const calls = repositories[0]?.control.calls ?? [];
    const at = (ago: number): number => times.findIndex((time) => time >= NOW - ago);
    expect(calls[at(4 * MINUTE)]).toBeGreaterThan(0);
    expect([calls[at(2 * MINUTE)], coveredMs[at(2 * MINUTE)]]).toEqual([null, null]);
    // Somebody reported, and nobody called.
    expect(calls[at(0.5 * MINUTE)]).toBe(0);
    expect(repositories[0]?.control.p95[at(0.5 * MINUTE)]).toBeNull();
    expect(history.knownSince).toBe(NOW - 5 * MINUTE - 500);
  });

  it('loses no call and counts none twice, however it was read and cut', async () => {
    const told = fc.record({
      ago: fc.integer({ min: MINUTE, max: 50 * MINUTE }),
      instance: fc.constantFrom('a', 'b', 'c'),
      control: fc.integer({ min: 0, max: 9 }),
      candidate: fc.integer({ min: 0, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(told, { maxLength: 60 }), fc.nat(60), async (all, cut) => {
        const store = new Told1s();
        const inOrder = all.toSorted((a, b) => b.ago - a.ago);
        const history = new TelemetryHistory(store, clock, 's');
        for (const [index, { ago, ...one }] of inOrder.entries()) {
          if (index === cut) await history.catchUp(NOW);
          store.add({ ...one, at: NOW - ago });
        }
        await Promise.all([history.catchUp(NOW), history.catchUp(NOW)]);
        await history.catchUp(NOW);
        const { times, repositories, operations } = shown(history, NOW - 55 * MINUTE);
        const [user] = repositories;
        expect(times.length).toBeLessThanOrEqual(240);
        for (const which of ['control', 'candidate'] as const) {
          const total = all.reduce((calls, one) => calls + one[which], 0);
          expect(sum(user?.[which].calls)).toBe(total);
          expect(operations[0]?.[which].calls ?? 0).toBe(total);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps what is close finely, and shows no stretch that is not over', async () => {
    const store = new Told1s();
    for (let at = NOW - 3 * MINUTE; at <= NOW; at += 1_000) store.add({ at, candidate: 4 });
    const history = new TelemetryHistory(store, clock, 's');
    await history.catchUp(NOW);
    const { bucketMs, times, coveredMs, repositories } = shown(history, NOW - 2 * MINUTE);
    expect(bucketMs).toBe(2_000);
    expect((times.at(-1) ?? 0) + bucketMs).toBeLessThanOrEqual(NOW - 1_500);
    const calls = repositories[0]?.candidate.calls ?? [];
    const aSecond = calls.map((count, index) => ((count ?? 0) / (coveredMs[index] ?? 1)) * 1_000);
    expect(aSecond).toEqual(aSecond.map(() => 4));
    for (const value of repositories[0]?.candidate.p95 ?? []) expect(value).toBeCloseTo(20, 0);
  });

  it('divides calls by the time that an instance reported, so more instances are more calls a second', async () => {
    const store = new Told1s();
    for (let at = NOW - 2 * MINUTE; at <= NOW; at += 1_000)
      for (const instance of ['a', 'b', 'c']) store.add({ at, instance, control: 5 });
    const history = new TelemetryHistory(store, clock, 's');
    await history.catchUp(NOW);
    const { coveredMs, instances, repositories } = shown(history, NOW - MINUTE);
    const calls = repositories[0]?.control.calls ?? [];
    expect(calls.map((count, index) => ((count ?? 0) / (coveredMs[index] ?? 1)) * 1_000)).toEqual(
      calls.map(() => 15),
    );
    expect(new Set(instances)).toEqual(new Set([3]));
  });

  it('is not pushed out by a clock that is ahead', async () => {
    const store = new Told1s();
    store.add({ at: NOW + 48 * 60 * MINUTE, control: 99 });
    for (let at = NOW - MINUTE; at < NOW; at += 1_000) store.add({ at, control: 1 });
    const history = new TelemetryHistory(store, clock, 's');
    await history.catchUp(NOW);
    expect(sum(shown(history, NOW - 2 * MINUTE).repositories[0]?.control.calls)).toBeGreaterThan(50);
  });

  it('comes piece by piece where there is much of it, and says how far back it is known', async () => {
    const store = new Told1s();
    for (let at = NOW - 50 * MINUTE; at < NOW; at += 1_000)
      for (const instance of ['a', 'b', 'c', 'd']) store.add({ at, instance, control: 1 });
    const history = new TelemetryHistory(store, clock, 's');
    const known: number[] = [];
    for (let asked = 0; asked < 6; asked += 1) {
      await history.catchUp(NOW);
      known.push((NOW - (history.knownSince ?? NOW)) / MINUTE);
    }
    expect(known[0]).toBeLessThan(49);
    expect(known.toSorted((a, b) => a - b)).toEqual(known);
    expect(known.at(-1)).toBeCloseTo(50, 1);
    const calls = sum(shown(history, NOW - 55 * MINUTE).repositories[0]?.control.calls);
    // The last stretch is not over.
    expect(calls).toBeGreaterThan(12_000 - 4 * 20);
    expect(calls).toBeLessThanOrEqual(12_000);
  });

  it('begins anew when another state was put in its place', async () => {
    const store = new Told1s();
    for (let at = NOW - MINUTE; at < NOW; at += 1_000) store.add({ at, control: 1 });
    const history = new TelemetryHistory(store, clock, 's');
    await history.catchUp(NOW);
    store.records.splice(0);
    store.add({ at: NOW - 30_000, control: 5 });
    await history.catchUp(NOW);
    expect(sum(shown(history, NOW - 2 * MINUTE).repositories[0]?.control.calls)).toBe(5);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fingerprint,
  LatencySketch,
  mergeSketches,
  parseTelemetryBatch,
  quantile,
  Recorder,
  sketchCount,
  SketchSum,
} from './index.ts';
import { inRange } from './sketch.ts';

const durations = fc.array(fc.double({ min: 0.001, max: 3_000_000, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});

function sketchOf(values: readonly number[]) {
  const sketch = new LatencySketch();
  for (const value of values) sketch.record(value);
  return sketch.drain();
}

describe('the latency sketch', () => {
  it('gives every quantile within 1 % of the exact one', () => {
    fc.assert(
      fc.property(durations, fc.constantFrom(0, 0.5, 0.95, 0.99, 1), (values, q) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.floor(q * (sorted.length - 1))] ?? NaN;
        expect(Math.abs((quantile(sketchOf(values), q) ?? NaN) - exact)).toBeLessThanOrEqual(
          exact * 0.0100001,
        );
      }),
    );
  });

  it('adds up: merged sketches are the sketch of everything', () => {
    fc.assert(
      fc.property(fc.array(durations, { maxLength: 5 }), (lists) => {
        expect(mergeSketches(lists.map(sketchOf))).toEqual(sketchOf(lists.flat()));
      }),
    );
  });

  it('is summed one by one to the same as all together, also with buckets that no sketch has', () => {
    const reported = fc.array(fc.tuple(fc.integer({ min: -400, max: 800 }), fc.integer({ min: 1, max: 99 })));
    const inOrder = (pairs: readonly (readonly [number, number])[]) =>
      mergeSketches([pairs.map(([bucket, count]) => [inRange(bucket), count]).flat()]);
    fc.assert(
      fc.property(fc.array(reported, { maxLength: 6 }), fc.nat(6), (all, cut) => {
        const [sum, rest] = [new SketchSum(), new SketchSum()];
        for (const [index, pairs] of all.entries()) (index < cut ? sum : rest).add(pairs.flat());
        sum.addSum(rest);
        expect(sum.data()).toEqual(mergeSketches(all.map(inOrder)));
      }),
    );
    const wild = new SketchSum();
    wild.add([1e15, 2, -1e15, 3, 10.5, 1]);
    expect(sketchCount(wild.data())).toBe(6);
    expect(wild.data()).toHaveLength(6);
  });

  it('starts again after a drain, and counts what is out of range at its ends', () => {
    const sketch = new LatencySketch();
    for (const odd of [0, -1, NaN, 1e12, Infinity]) sketch.record(odd);
    expect(sketchCount(sketch.drain())).toBe(5);
    expect(sketch.drain()).toEqual([]);
    expect(quantile([], 0.5)).toBeUndefined();
  });
});

describe('a fingerprint', () => {
  it('is the same for the same kind of error, whatever the values in it', () => {
    const one = fingerprint(
      new Error(
        'duplicate key "users_email" = \'a@b.c\' at row 17, id 0x1f, 6f9619ff-8b86-d011-b42d-00cf4fc964ff',
      ),
    );
    const two = fingerprint(
      new Error('duplicate key "orders" = \'x\' at row 4, id 0xff, 00000000-8b86-d011-b42d-00cf4fc964ff'),
    );
    expect(one).toEqual(two);
    expect(one.message).toBe('duplicate key ? = ? at row ?, id ?, ?');
  });

  it('tells classes, driver codes and messages apart', () => {
    const ids = [
      new Error('a'),
      new TypeError('a'),
      Object.assign(new Error('a'), { code: '23505' }),
      Object.assign(new Error('a'), { code: 'SQLITE_BUSY' }),
      new Error('b'),
    ].map((error) => fingerprint(error).id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('finds the driver code behind the wrapper of an ORM, and the error inside a returned Result', () => {
    const driver = Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' });
    expect(fingerprint(new Error('Failed query', { cause: driver })).code).toBe('SQLITE_BUSY');
    expect(fingerprint({ ok: false, error: driver })).toMatchObject({
      class: 'Error',
      code: 'SQLITE_BUSY',
      message: 'busy',
    });
  });

  it('takes anything, and throws at nothing', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    const getter = {
      get message(): string {
        throw new Error('no');
      },
      name: 3,
    };
    const loop = new Error('x');
    loop.cause = loop;
    for (const thrown of [
      hostile,
      getter,
      loop,
      null,
      undefined,
      3,
      'text',
      Symbol('s'),
      () => {},
      Object.create(null),
      new Error('x'.repeat(1e6)),
    ]) {
      expect(fingerprint(thrown).id).toMatch(/^[0-9a-f]{8}$/);
    }
    fc.assert(fc.property(fc.anything(), (thrown) => void fingerprint(thrown)));
  });
});

describe('the recorder', () => {
  it('hands over what was counted and keeps nothing', () => {
    const recorder = new Recorder();
    const cell = recorder.cell('user', 'find', 'candidate');
    cell.finished(5);
    cell.finished(7);
    cell.failed(new Error('no user 3'));
    cell.failed(new Error('no user 4'));
    cell.ignoredError();
    recorder.count('complaints', 2);
    recorder.keyMissing();
    const batch = recorder.drain(9, 1_000, { rss: 5 });
    expect(batch).toMatchObject({ epoch: 9, counters: { complaints: 2 }, keyMissing: 1, gauges: { rss: 5 } });
    expect(batch.operations).toMatchObject([
      { calls: 2, errors: 2, ignored: 1, fingerprints: [{ message: 'no user ?', count: 2 }] },
    ]);
    expect(recorder.drain(9, 1_000, {})).toMatchObject({ operations: [], counters: {}, keyMissing: 0 });
    expect(parseTelemetryBatch(JSON.parse(JSON.stringify(batch)))).toEqual(batch);
  });

  it('is bounded: more operations, errors and counters than fit are counted together', () => {
    const recorder = new Recorder();
    for (let index = 0; index < 5_000; index += 1) {
      const cell = recorder.cell('user', `operation-${index}`, 'control');
      cell.finished(1);
      for (let kind = 0; index % 100 === 0 && kind < 100; kind += 1)
        cell.failed(new Error('x'.repeat(1 + (kind % 80))));
      recorder.count(`counter-${index}`, 1);
    }
    const batch = recorder.drain(1, 1_000, {});
    expect(batch.operations.length).toBeLessThanOrEqual(1_001);
    expect(batch.operations.reduce((sum, { calls }) => sum + calls, 0)).toBe(5_000);
    expect(Math.max(...batch.operations.map(({ fingerprints }) => fingerprints.length))).toBeLessThanOrEqual(
      20,
    );
    expect(batch.overflow).toBeGreaterThan(0);
  });
});

describe('a stored batch', () => {
  it('that is broken is no data', () => {
    for (const json of [
      null,
      [],
      {},
      { operations: 3 },
      { operations: [{ side: 'control', calls: 'x', errors: 0 }] },
      { operations: [{ side: 'left', calls: 1, errors: 0 }] },
    ]) {
      expect(parseTelemetryBatch(json)).toBeUndefined();
    }
    const member = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom({ toString: 1, valueOf: 1 }, [{ toString: 1, valueOf: 1 }]),
    );
    const names = [
      'repository',
      'operation',
      'latency',
      'fingerprints',
      'route',
      'id',
      'class',
      'stack',
      'groups',
      'sample',
    ];
    const entry = fc
      .tuple(fc.dictionary(fc.constantFrom(...names), member), fc.constantFrom('control', 'candidate'))
      .map(([more, side]) => ({
        side,
        calls: 1,
        errors: 1,
        requests: 1,
        repository: 'u',
        operation: 'f',
        ...more,
      }));
    const entries = fc.array(entry, { maxLength: 3 });
    const like = fc.record({
      operations: entries,
      requests: entries,
      shadow: entries,
      counters: member,
      gauges: member,
    });
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), like), (json) => void parseTelemetryBatch(json)));
  });

  it('of another version keeps what is known', () => {
    const batch = parseTelemetryBatch({
      v: 2,
      operations: [{ repository: 'u', operation: 'f', side: 'control', calls: 1, errors: 0, extra: 1 }],
      gauges: { rss: 1, colour: 'x', cpu: null },
    });
    expect(batch?.gauges).toEqual({ rss: 1 });
    expect(batch?.operations[0]).toMatchObject({ calls: 1, ignored: 0, latency: [], fingerprints: [] });
  });
});

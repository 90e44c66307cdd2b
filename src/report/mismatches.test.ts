import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShadowBatch } from '../measure/index.ts';
import { systemClock } from '../kernel/index.ts';
import type { TelemetryRecord } from '../store/index.ts';
import { mergeMismatches, readMismatches } from './mismatches.ts';

const group = (id: string, count: number, more: object = {}) =>
  ({ id, kind: 'value', path: 'total', count, firstAt: 10, lastAt: 20, ...more }) as const;
const batch = (groups: ShadowBatch['groups'], more: Partial<ShadowBatch> = {}): ShadowBatch => ({
  repository: 'user',
  operation: 'find',
  sampled: 10,
  states: { match: 4, mismatch: 2 },
  reasons: { 'the pool waits': 1 },
  groups,
  ...more,
});

describe('what the shadow saw', () => {
  it('is read by pages, and kept as what it adds up to, however many kinds somebody makes up', async () => {
    const made = (id: number): TelemetryRecord => ({
      id,
      instance: `i${id % 3}`,
      at: id,
      body: JSON.parse(
        JSON.stringify({
          v: 1,
          epoch: 1,
          spanMs: 1,
          operations: [],
          gauges: {},
          counters: {},
          shadow: [batch(Array.from({ length: 20 }, (_, of) => group(String(id * 20 + of), 1)))],
        }),
      ),
    });
    let most = 0;
    const telemetry = async (_: string, after: number, limit = Infinity) => {
      most = Math.max(most, limit);
      return Array.from({ length: Math.min(limit, 600 - after) }, (__, at) => made(after + at + 1));
    };
    const unfolded = { historyMark: async () => undefined, history: async () => [] };
    const found = await readMismatches({ telemetry, ...unfolded }, systemClock, 's');
    expect(most).toBeLessThanOrEqual(250);
    expect(found.operations).toMatchObject([{ sampled: 6_000 }]);
    expect(found.groups).toHaveLength(5_000);
  });

  it('is summed over instances: counts, the first and the last time, the newest sample', () => {
    const sample = {
      at: 'total',
      control: '1',
      args: [],
      served: 'control',
      controlMs: 1,
      candidateMs: 1,
    } as const;
    const { operations, groups } = mergeMismatches([
      {
        instance: 'a',
        epoch: 4,
        shadow: [batch([group('1', 2, { sample: { ...sample, candidate: '2' } })])],
      },
      {
        instance: 'b',
        epoch: 3,
        shadow: [batch([group('1', 3, { firstAt: 5, lastAt: 30, sample: { ...sample, candidate: '3' } })])],
      },
    ]);
    expect(operations).toEqual([
      {
        repository: 'user',
        operation: 'find',
        sampled: 20,
        states: { match: 8, mismatch: 4 },
        reasons: { 'the pool waits': 2 },
      },
    ]);
    expect(groups).toMatchObject([
      {
        id: '1',
        count: 5,
        firstAt: 5,
        lastAt: 30,
        instances: ['a', 'b'],
        epochs: { first: 3, last: 4 },
        sample: { candidate: '3' },
      },
    ]);
  });

  it('says why reads were not compared, whichever version reported it', () => {
    const reasons = [
      { pool: 1, 'own pool': 2, 'argument: instance': 3, '10000 nodes': 4, stopped: 5 },
      { 'the pool waits': 10, 'a word of tomorrow': 1 },
    ];
    const shadow = reasons.map((one) => batch([], { reasons: one }));
    expect(mergeMismatches([{ instance: 'a', epoch: 1, shadow }]).operations[0]?.reasons).toEqual({
      'the pool waits': 11,
      'no connection of its own': 2,
      'an argument cannot be copied: an instance of a class': 3,
      'the answer: more than 10000 values': 4,
      stopped: 5,
      'a word of tomorrow': 1,
    });
  });

  it('comes worst first, and what is ignored last, apart from the same that is not', () => {
    const shadow = [
      batch([
        group('1', 1),
        group('2', 5),
        group('3', 99, { ignored: 'noise' }),
        group('2', 7, { ignored: 'until May' }),
      ]),
    ];
    const { groups } = mergeMismatches([{ instance: 'a', epoch: 1, shadow }]);
    expect(groups.map(({ id, ignored }) => [id, ignored])).toEqual([
      ['2', undefined],
      ['1', undefined],
      ['3', 'noise'],
      ['2', 'until May'],
    ]);
  });

  it('loses no count, however it was reported', () => {
    const batches = fc.array(
      fc.record({
        instance: fc.constantFrom('a', 'b'),
        id: fc.constantFrom('1', '2', '3'),
        count: fc.integer({ min: 1, max: 9 }),
      }),
    );
    fc.assert(
      fc.property(batches, (all) => {
        const { groups } = mergeMismatches(
          all.map(({ instance, id, count }) => ({ instance, epoch: 1, shadow: [batch([group(id, count)])] })),
        );
        const sum = (counts: readonly { readonly count: number }[]): number =>
          counts.reduce((total, { count }) => total + count, 0);
        expect(sum(groups)).toBe(sum(all));
      }),
    );
  });
});

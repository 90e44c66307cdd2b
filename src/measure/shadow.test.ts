import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTelemetryBatch, type ShadowBatch, type TelemetryBatch } from './index.ts';

const RULE = { path: 'at', owner: 'ana', reason: 'seconds', expires: '2026-12-31' };
const shadow: ShadowBatch = {
  repository: 'user',
  operation: 'find',
  sampled: 3,
  states: { match: 1, mismatch: 2 },
  reasons: { 'the pool waits': 1 },
  groups: [
    {
      id: '0a0b0c0d',
      kind: 'type',
      path: '[].total',
      as: 'number',
      note: 'the same number as number and text',
      ignored: 'noise',
      noise: 0.5,
      count: 2,
      firstAt: 1,
      lastAt: 2,
      sample: {
        at: '[3].total',
        control: '1',
        candidate: '"1"',
        args: ['5'],
        served: 'candidate',
        controlMs: 1.5,
        candidateMs: 2,
      },
    },
  ],
  rules: { ordered: ['createdAt'], key: ['id'], same: ['scale'], ignore: [RULE, { ...RULE, kind: 'value' }] },
};
const batch: TelemetryBatch = {
  v: 1,
  epoch: 1,
  spanMs: 1_000,
  operations: [],
  gauges: {},
  counters: {},
  keyMissing: 0,
  overflow: 0,
  shadow: [shadow],
};

describe('a stored report of the shadow', () => {
  it('is read as it was written', () => {
    expect(parseTelemetryBatch(JSON.parse(JSON.stringify(batch)))).toEqual(batch);
    const { shadow: _shadow, ...without } = batch;
    expect(parseTelemetryBatch(without)).toEqual(without);
  });

  it('that is broken in any part loses that part, and never the batch', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, states) => {
        expect(parseTelemetryBatch({ ...batch, shadow: value })).toBeDefined();
        const parsed = parseTelemetryBatch({
          ...batch,
          shadow: [{ ...shadow, states, groups: [value, ...shadow.groups] }],
        });
        expect(parsed?.shadow?.[0]?.groups.at(-1)).toEqual(shadow.groups[0]);
        for (const count of Object.values(parsed?.shadow?.[0]?.states ?? {}))
          expect(count).toBeGreaterThan(0);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/index.ts';
import type { OperationBatch, TelemetryBatch } from '../measure/index.ts';
import { assignmentAfter, assignmentNeeds, judgeAssignment, type AssignmentMemory } from './assignment.ts';
import { capitalOf, stake, worth } from './capital.ts';
import { countDrawn, type AskedAssignment, type SeenAssignment } from './count-drawn.ts';
import { createWindow, type Window } from './window.ts';

const FRESH = stake(
  capitalOf(8),
  1,
  Array.from({ length: 8 }, () => 1 / 8),
);

function binomial(calls: number, hits: number, p: number): number {
  let ways = 1;
  for (let at = 0; at < hits; at += 1) ways = (ways * (calls - at)) / (at + 1);
  return ways * p ** hits * (1 - p) ** (calls - hits);
}

function seenOf(share: number, candidate: number, control: number): SeenAssignment {
  return { drawn: { user: { share, candidate, control } }, left: {}, aside: [] };
}

describe('the shares of both sides', () => {
  it('are a fair game while each call is drawn as asked, whatever the number of calls: all outcomes added up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 99 }), (calls, percent) => {
        const share = percent / 100;
        let sum = 0;
        for (let candidate = 0; candidate <= calls; candidate += 1) {
          const after = assignmentAfter(FRESH, { share, candidate, control: calls - candidate });
          sum += binomial(calls, candidate, share) * worth(after);
        }
        expect(sum).toBeLessThanOrEqual(1 + 1e-5);
        expect(sum).toBeGreaterThan(0.99);
      }),
    );
  });

  it('of a sound assignment are blamed in at most one of a thousand runs, through all of its exposures', () => {
    const random = seededRandom(11);
    let blamed = 0;
    for (let run = 0; run < 2_000; run += 1) {
      let memory: AssignmentMemory = {};
      let found = false;
      for (const share of [0.01, 0.1, 0.5]) {
        for (let look = 0; look < 30; look += 1) {
          let candidate = 0;
          for (let call = 0; call < 20; call += 1) candidate += random() < share ? 1 : 0;
          const judged = judgeAssignment(seenOf(share, candidate, 20 - candidate), memory, `${share}`, 1);
          memory = judged.memory;
          found ||= judged.findings.length > 0;
        }
      }
      blamed += found ? 1 : 0;
    }
    // 2 are expected at most; nine or more of that would be one chance in four thousand.
    expect(blamed).toBeLessThanOrEqual(8);
  });

  it('are found where a fifth of the calls of one side is lost, and are believed again when it is over', () => {
    let memory: AssignmentMemory = {};
    const judge = (candidate: number, control: number) => {
      const judged = judgeAssignment(seenOf(0.5, candidate, control), memory, 'half', 1);
      memory = judged.memory;
      return judged.findings;
    };
    let looks = 1;
    while (judge(80, 100).length === 0) looks += 1;
    expect(looks).toBeLessThan(20);
    expect(judge(80, 100)).toEqual([
      {
        code: 'shares-differ',
        text: expect.stringMatching(/^user: the candidate was given 50 %, and 44.4 % of 180 calls/),
      },
    ]);
    while (judge(90, 90).length > 0) looks += 1;
    expect(looks).toBeLessThan(100);
  });

  it('need more evidence where more repositories are asked', () => {
    expect(assignmentNeeds(1)).toBe(1_000);
    expect(assignmentNeeds(10)).toBe(10_000);
  });
});

const operation = (side: 'control' | 'candidate', calls: number, repository = 'user'): OperationBatch => ({
  repository,
  operation: 'find',
  side,
  calls,
  errors: 0,
  ignored: 0,
  latency: [],
  fingerprints: [],
});
const report = (more: Partial<TelemetryBatch> = {}): TelemetryBatch => ({
  v: 1,
  epoch: 7,
  spanMs: 1_000,
  operations: [operation('control', 90), operation('candidate', 10)],
  gauges: {},
  counters: {},
  keyMissing: 0,
  overflow: 0,
  pinned: 0,
  ...more,
});
const ASKED: AskedAssignment = { epoch: 7, shares: { user: 0.1 }, otherwise: new Set(), aside: [] };

/** A window in which the instance has reported under this epoch before. */
function settled(): Window {
  const window = createWindow(60_000, 0);
  window.add('one', report({ operations: [] }), 0);
  return window;
}

describe('calls that say something about shares', () => {
  it('are those that were drawn one by one under the state that is in force', () => {
    const window = settled();
    window.add('one', report(), 1_000);
    window.add('one', report(), 2_000);
    expect(countDrawn(window.reportsAfter(1), ASKED)).toEqual({
      drawn: { user: { share: 0.1, candidate: 20, control: 180 } },
      left: {},
      aside: [],
    });
  });

  it('are counted in one look only', () => {
    const window = settled();
    window.add('one', report(), 1_000);
    const counted = window.last();
    expect(countDrawn(window.reportsAfter(counted), ASKED).drawn).toEqual({});
  });

  it.each([
    ['of a scope that was pinned', 'pinned', report({ pinned: 1 }), ASKED],
    ['of an instance that does not say whether it pins', 'pinned', old(), ASKED],
    ['of an instance whose shadow may reach another repository', 'shadow', report({ shadow: [] }), ASKED],
    ['of an older state', 'epoch', report({ epoch: 6 }), ASKED],
    ['of an instance with an override', 'instance', report(), { ...ASKED, otherwise: new Set(['one']) }],
    ['of an exposure of instances or of keys', 'no share', report(), { ...ASKED, shares: {} }],
    ['of a full exposure', 'no share', report(), { ...ASKED, shares: { user: 1 } }],
  ] as const)('are not those %s', (_, why, batch, asked) => {
    const window = settled();
    window.add('one', batch, 1_000);
    expect(countDrawn(window.reportsAfter(1), asked)).toEqual({ drawn: {}, left: { [why]: 100 }, aside: [] });
  });

  it('are not those of the report in which the state changed, nor of the first one that is seen', () => {
    const window = createWindow(60_000, 0);
    window.add('one', report({ epoch: 6 }), 0);
    window.add('one', report(), 1_000);
    window.add('two', report(), 1_000);
    window.add('one', report(), 2_000);
    expect(countDrawn(window.reportsAfter(0), ASKED)).toEqual({
      drawn: { user: { share: 0.1, candidate: 10, control: 90 } },
      left: { epoch: 300 },
      aside: [],
    });
  });
});

function old(): TelemetryBatch {
  const { pinned: _, ...rest } = report();
  return rest;
}

describe('instances that serve control by themselves', () => {
  it('keep the gate from passing, by name', () => {
    const seen = { drawn: {}, left: {}, aside: ['i-3 (user by guard)'] };
    expect(judgeAssignment(seen, {}, 'half', 1).findings).toEqual([
      { code: 'instances-aside', text: 'instances serve control by themselves: i-3 (user by guard)' },
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CutoverEvent } from '../engine/index.ts';
import { EMPTY_CHRONICLE, evolveChronicle, type Chronicle } from './chronicle.ts';

const by = { actor: 'ana', reason: 'because' };
const started = (run: string) => ({ kind: 'run.started', run, ...by }) as CutoverEvent;
const entered = (phase: string): CutoverEvent => ({ kind: 'step.entered', phase, step: 'expose-1' });
const looked = (verdict: string) => ({ kind: 'gate.looked', gate: 'matrix', verdict }) as CutoverEvent;
const back = (repositories: readonly string[] | null = null): CutoverEvent => ({
  kind: 'rollback.started',
  cause: 'person',
  repositories,
  mode: 'drain',
  budgetMs: 30_000,
  ...by,
});
const acknowledged = (tookMs: number): CutoverEvent => ({
  kind: 'rollback.acknowledged',
  epoch: 2,
  tookMs,
  withinBudget: tookMs <= 30_000,
  instances: [
    { instance: 'i1', how: 'acknowledged' },
    { instance: 'i2', how: 'lease expired' },
  ],
});

/** An event a second. */
function told(...events: readonly CutoverEvent[]): Chronicle {
  return events.reduce(
    (chronicle, event, index) =>
      evolveChronicle(chronicle, event, { seq: index + 1, at: (index + 1) * 1_000 }),
    EMPTY_CHRONICLE,
  );
}

describe('a chronicle', () => {
  it('has the newest run with the times of its phases', () => {
    const { run } = told(
      started('a'),
      entered('x'),
      started('b'),
      entered('canary'),
      entered('canary'),
      entered('half'),
      { kind: 'run.completed' },
      back(),
    );
    expect(run).toMatchObject({ id: 'b', endedAt: 7_000 });
    expect(run?.phases).toEqual([
      { phase: 'canary', enteredAt: 4_000, leftAt: 6_000 },
      { phase: 'half', enteredAt: 6_000, leftAt: 7_000 },
    ]);
  });

  it('has every rollback with its time, and one that was never verified without', () => {
    const { rollbacks, run } = told(
      back(),
      started('a'),
      entered('x'),
      back(['user']),
      back(),
      acknowledged(40_000),
    );
    expect(rollbacks.map((one) => [one.run, one.repositories, one.done?.tookMs])).toEqual([
      [null, null, undefined],
      ['a', ['user'], undefined],
      ['a', null, 40_000],
    ]);
    expect(rollbacks.at(-1)?.done).toMatchObject({ withinBudget: false, instances: 2, expired: 1 });
    expect(rollbacks.map((one) => one.superseded)).toEqual([
      { seq: 4, mode: 'drain', actor: 'ana', afterMs: 3_000, tookMs: 5_000 },
      { seq: 5, mode: 'drain', actor: 'ana', afterMs: 1_000, tookMs: 2_000 },
      null,
    ]);
    expect(run?.phases).toEqual([{ phase: 'x', enteredAt: 3_000, leftAt: 5_000 }]);
  });

  it('knows of which run databases were looked at, also after it was taken back', () => {
    const checked = (moment: string, findings: readonly string[]) =>
      ({
        kind: 'databases.checked',
        moment,
        tookMs: 5,
        checks: [{ database: 'shop', check: 'integrity_check', findings, tookMs: 5 }],
      }) as CutoverEvent;
    const { databases } = told(
      started('a'),
      checked('before', []),
      back(),
      acknowledged(1),
      checked('rollback', ['torn page']),
    );
    expect(databases).toMatchObject([
      { run: 'a', moment: 'before', databases: ['shop'], checks: ['integrity_check'], findings: [] },
      { run: 'a', moment: 'rollback', findings: ['shop: integrity_check: torn page'] },
    ]);
  });

  it('counts every look of the run once, under the phase in which it was taken', () => {
    const verdict = fc.constantFrom('pass', 'fail', 'insufficient', 'stale');
    const move = fc.oneof(
      fc.constantFrom('canary', 'half').map(entered),
      verdict.map(looked),
      fc.constant(started('b')),
    );
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const { run } = told(started('a'), ...moves);
        const begun = moves.findLastIndex(({ kind }) => kind === 'run.started');
        const since = moves.slice(begun + 1).filter(({ kind }) => kind === 'gate.looked');
        const sums = (run?.looks ?? []).map(
          ({ pass, fail, insufficient, stale }) => pass + fail + insufficient + stale,
        );
        expect(sums.reduce((sum, one) => sum + one, 0)).toBe(since.length);
        expect(run?.phases.filter(({ leftAt }) => leftAt === null).length ?? 0).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('keeps the newest notes and says how many there were before', () => {
    const flags = Array.from({ length: 620 }, (_, index): CutoverEvent => ({
      kind: 'counter.added',
      counter: 'complaints',
      count: index,
      ...by,
    }));
    const { run } = told(started('a'), ...flags);
    expect(run?.notes).toHaveLength(500);
    expect(run?.notesBefore).toBe(120);
    expect(run?.notes.at(-1)).toMatchObject({ of: 'decision', actor: 'ana', seq: 621 });
  });
});

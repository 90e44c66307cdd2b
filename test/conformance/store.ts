import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { TelemetryFolder } from '../../src/report/folder.ts';
import { cellsOf } from '../../src/report/history-cells.ts';
import type { EventDraft, HistoryRecord, Store } from '../../src/store/index.ts';
import { verifyChain } from '../../src/store/index.ts';

const draft = (n: number): EventDraft => ({ kind: 'test', v: 1, body: { n } });
const refuse = (): never => {
  throw new Error('refused');
};

type Folded = ConstructorParameters<typeof TelemetryFolder>[0];

/** A store that fails at one of its steps, before or after it was done: whoever works with it ends there. */
function failing(store: Store, step: number, isDone: boolean): Folded {
  let steps = 0;
  const each =
    <A extends readonly unknown[], T>(work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      steps += 1;
      if (steps === step && !isDone) return refuse();
      const result = await work(...args);
      return steps === step ? refuse() : result;
    };
  return {
    now: each(() => store.now()),
    telemetry: each((...args: Parameters<Store['telemetry']>) => store.telemetry(...args)),
    historyMark: each((stream: string) => store.historyMark(stream)),
    history: each((...args: Parameters<Store['history']>) => store.history(...args)),
    changeHistory: each((...args: Parameters<Store['changeHistory']>) => store.changeHistory(...args)),
  };
}

/**
 * What every store has to do, whatever its engine. `open` opens the same store again each time within one test.
 */
export function describeStore(
  name: string,
  create: () => Promise<{ open: () => Promise<Store>; destroy: () => Promise<void> }>,
): void {
  describe(`${name}, as a store`, () => {
    let made: Awaited<ReturnType<typeof create>>;
    let store: Store;
    let other: Store;

    beforeEach(async () => {
      made = await create();
      store = await made.open();
      other = await made.open();
    });

    afterEach(async () => {
      await store.close();
      await other.close();
      await made.destroy();
    });

    it('appends in order without a gap, in a chain that can be checked', async () => {
      expect(await store.read('m/a')).toEqual([]);
      await store.append('m/a', 0, [draft(1), draft(2)]);
      await other.append('m/a', 2, [draft(3)]);
      await store.append('m/b', 0, [draft(9)]);
      const events = await store.read('m/a');
      expect(events.map(({ seq, body }) => [seq, body])).toEqual([
        [1, { n: 1 }],
        [2, { n: 2 }],
        [3, { n: 3 }],
      ]);
      expect(verifyChain(events)).toMatchObject({ ok: true, events: 3, head: events[2]?.hash });
      expect(await other.read('m/a', 1, 1)).toEqual([events[1]]);
      expect(await store.streams()).toEqual(['m/a', 'm/b']);
    });

    it('keeps where each stream ended beside its events', async () => {
      expect(await store.head('m/a')).toBeUndefined();
      await store.append('m/a', 0, [draft(1), draft(2)]);
      await other.append('m/b', 0, [draft(1)]);
      const [last] = await other.append('m/a', 2, [draft(3)]);
      expect(await store.head('m/a')).toEqual({ seq: 3, hash: last?.hash });
      expect(await store.head('m/b')).toMatchObject({ seq: 1 });
    });

    it('lets the second writer lose, with nothing of it written', async () => {
      await store.append('m/a', 0, [draft(1)]);
      await expect(
        other.append('m/a', 0, [draft(2)], { routing: { epoch: 1, body: {} } }),
      ).rejects.toMatchObject({
        code: 'SEQUENCE_CONFLICT',
        details: { seq: 1 },
      });
      expect(await store.read('m/a')).toHaveLength(1);
      expect(await store.routing('m/a')).toBeUndefined();
    });

    it('keeps one of each number when many append at once', async () => {
      const writer = async (mine: Store, count: number): Promise<void> => {
        for (let left = count; left > 0;) {
          const seq = (await mine.read('m/a')).length;
          left -= await mine.append('m/a', seq, [draft(seq)]).then(
            () => 1,
            () => 0,
          );
        }
      };
      await Promise.all([writer(store, 20), writer(other, 20), writer(store, 10)]);
      const events = await store.read('m/a');
      expect(events).toHaveLength(50);
      expect(verifyChain(events).ok).toBe(true);
    });

    it('replaces the routing state with the events or not at all, and never by an older epoch', async () => {
      const body = { on: false };
      const [, last] = await store.append('m/a', 0, [draft(0), draft(1)], { routing: { epoch: 1, body } });
      const mark = { seq: 2, hash: last?.hash };
      expect(await other.routing('m/a')).toEqual({ epoch: 1, body, mark });
      await expect(
        store.append('m/a', 2, [draft(2)], { routing: { epoch: 1, body: {} } }),
      ).rejects.toMatchObject({ code: 'SEQUENCE_CONFLICT', details: { seq: 2 } });
      expect(await store.read('m/a')).toHaveLength(2);
      expect(await other.head('m/a')).toEqual(mark);
      expect(await other.routing('m/b')).toBeUndefined();
    });

    it('gives the lease to one, numbers the takings, and fences off the one before', async () => {
      expect(await store.lease('m/a')).toBeUndefined();
      const both = await Promise.all([
        store.takeLease('m/a', 'one', undefined),
        other.takeLease('m/a', 'two', undefined),
      ]);
      const held = both.find((lease) => lease !== undefined);
      expect(both.filter((lease) => lease !== undefined)).toHaveLength(1);
      expect(held?.fence).toBe(1);
      await store.append('m/a', 0, [draft(1)], { fence: 1 });
      await store.renewLease('m/a', 1);
      expect(await other.takeLease('m/a', 'late', held)).toBeUndefined();
      const seen = await other.lease('m/a');
      expect(seen?.beat).toBe(2);
      expect((await other.takeLease('m/a', 'next', seen))?.fence).toBe(2);
      await expect(store.append('m/a', 1, [draft(2)], { fence: 1 })).rejects.toMatchObject({
        code: 'LEASE_LOST',
      });
      await expect(store.renewLease('m/a', 1)).rejects.toMatchObject({ code: 'LEASE_LOST' });
      await store.releaseLease('m/a', 1);
      expect((await other.lease('m/a'))?.released).toBe(false);
      await other.releaseLease('m/a', 2);
      expect(await store.lease('m/a')).toMatchObject({ fence: 2, released: true });
      await expect(other.append('m/a', 1, [draft(2)], { fence: 2 })).rejects.toMatchObject({
        code: 'LEASE_LOST',
      });
      await store.append('m/a', 1, [draft(2)]);
    });

    it('keeps instances, each with a beat that grows', async () => {
      await store.report('m/a', 'two', { applied: 1 }, { calls: 1 });
      await store.report('m/a', 'one', { applied: 1 });
      await other.report('m/a', 'two', { applied: 2 }, { calls: 2 });
      const instances = await store.instances('m/a');
      const byName = new Map(instances.map(({ instance, beat, body }) => [instance, { beat, body }]));
      expect(byName).toEqual(
        new Map([
          ['one', { beat: 1, body: { applied: 1 } }],
          ['two', { beat: 2, body: { applied: 2 } }],
        ]),
      );
      await store.removeInstance('m/a', 'two');
      expect((await other.instances('m/a')).map(({ instance }) => instance)).toEqual(['one']);
    });

    it('answers a report with the mark of the routing state, as it is then', async () => {
      expect(await store.report('m/a', 'one', {})).toBeUndefined();
      const [first] = await store.append('m/a', 0, [draft(1)], { routing: { epoch: 1, body: { a: 1 } } });
      const mark = { seq: first?.seq, hash: first?.hash };
      expect(await other.report('m/a', 'one', {})).toEqual({ epoch: 1, mark });
      const [second] = await store.append('m/a', 1, [draft(2)], { routing: { epoch: 2, body: {} } });
      expect(await other.reportAll('m/a', [])).toEqual({
        epoch: 2,
        mark: { seq: 2, hash: second?.hash },
      });
      expect(await other.report('m/b', 'one', {})).toBeUndefined();
    });

    it('takes several reports at once: all of them, in their order, or none', async () => {
      const reports = ['two', 'one', 'three'].map((instance, n) => ({
        instance,
        body: { n, text: `o'neil \\ " ${n}` },
        ...(instance === 'one' ? {} : { telemetry: { n } }),
      }));
      await store.reportAll('m/a', reports);
      await other.reportAll('m/a', reports.toReversed());
      const instances = await store.instances('m/a');
      expect(new Map(instances.map(({ instance, beat, body }) => [instance, { beat, body }]))).toEqual(
        new Map(reports.map(({ instance, body }) => [instance, { beat: 2, body }])),
      );
      const counted = (await other.telemetry('m/a', 0)).map(({ instance, body }) => [instance, body]);
      const once = [
        ['two', { n: 0 }],
        ['three', { n: 2 }],
      ];
      expect(counted).toEqual([...once, ...once.toReversed()]);
      await expect(
        store.reportAll('m/a', [
          { instance: 'four', body: {} },
          // No store can keep this one.
          { instance: 'five', body: Object.defineProperty({}, 'no', { enumerable: true, get: refuse }) },
        ]),
      ).rejects.toThrow('refused');
      expect((await store.instances('m/a')).map(({ instance }) => instance)).not.toContain('four');
    });

    it('is reported to by many at once, for the same instances, without a deadlock', async () => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      const all = (mine: Store, order: readonly string[]): Promise<unknown>[] =>
        Array.from({ length: 15 }, () =>
          mine.reportAll(
            'm/a',
            order.map((instance) => ({ instance, body: {}, telemetry: { instance } })),
          ),
        );
      await Promise.all([...all(store, names), ...all(other, names.toReversed())]);
      expect((await store.instances('m/a')).map(({ beat }) => beat)).toEqual(names.map(() => 30));
      expect(await store.telemetry('m/a', 0)).toHaveLength(30 * names.length);
    });

    it('has the clock that telemetry is stamped by', async () => {
      const before = await store.now();
      await other.report('m/a', 'one', {}, {});
      const [told] = await store.telemetry('m/a', 0);
      expect(told?.at).toBeGreaterThanOrEqual(before);
      expect(told?.at).toBeLessThanOrEqual(await store.now());
    });

    it('says whether the log has an event that somebody has seen', async () => {
      expect(await store.routing('m/a', { seq: 1, hash: 'x' })).toBeUndefined();
      const [first] = await store.append('m/a', 0, [draft(1)], { routing: { epoch: 1, body: {} } });
      const mark = { seq: 1, hash: first?.hash ?? '' };
      expect(await other.routing('m/a', mark)).toEqual({ epoch: 1, body: {}, mark, knows: true });
      for (const wrong of [
        { ...mark, seq: 2 },
        { ...mark, hash: mark.hash.replace(/./, 'x') },
      ])
        expect(await other.routing('m/a', wrong)).toMatchObject({ epoch: 1, knows: false });
      await store.append('m/b', 0, [draft(9)], { routing: { epoch: 1, body: {} } });
      expect(await other.routing('m/b', mark)).toMatchObject({ knows: false });
    });

    it('hands out telemetry by stream and in order, and forgets what is old', async () => {
      await store.report('m/a', 'one', {}, { n: 1 });
      await store.report('m/b', 'one', {}, { n: 2 });
      await other.report('m/a', 'two', {}, { n: 3 });
      const all = await store.telemetry('m/a', 0);
      expect(all.map(({ instance, body }) => [instance, body])).toEqual([
        ['one', { n: 1 }],
        ['two', { n: 3 }],
      ]);
      expect(await store.telemetryHead('m/a')).toBe(all[1]?.id);
      expect(await store.telemetryHead('m/none')).toBe(0);
      expect(await store.telemetry('m/a', all[0]?.id ?? 0, 5)).toEqual([all[1]]);
      expect(await store.pruneTelemetry(60_000)).toBe(0);
      expect(await store.pruneTelemetry(-1_000)).toBe(3);
      expect(await store.telemetry('m/a', 0)).toEqual([]);
    });

    it('keeps records of history by series, size and time, and takes away what is asked for', async () => {
      expect(await store.historyMark('m/a')).toBeUndefined();
      expect(await store.historySize('m/a')).toEqual({ records: 0, bytes: 0, since: null });
      const one = (series: string, sizeMs: number, at: number): HistoryRecord => ({
        series,
        sizeMs,
        at,
        body: { text: `o'neil \\ ${at}`, series },
      });
      const add = [one('b', 60, 120), one('a', 60, 60), one('a', 900, 0), one('a', 60, 120)];
      expect(await store.changeHistory('m/a', undefined, { telemetryId: 7, foldedTo: 180, add })).toBe(true);
      const mark = await other.historyMark('m/a');
      expect(mark).toEqual({ beat: 1, telemetryId: 7, foldedTo: 180 });
      const asked = { series: ['a', 'b'], sizeMs: 60, from: 60, to: 180 };
      expect(await other.history('m/a', asked)).toEqual([add[1], add[3], add[0]]);
      expect(await other.history('m/a', { ...asked, series: ['a'], from: 61 })).toEqual([add[3]]);
      expect(await other.history('m/a', { ...asked, series: null, to: 120 })).toEqual([add[1]]);
      expect(await other.history('m/a', { ...asked, limit: 2 })).toEqual([add[1], add[3]]);
      expect(await other.history('m/a', { ...asked, series: [] })).toEqual([]);
      expect(await other.history('m/b', asked)).toEqual([]);
      // The same stretch once more is a part of its own; what is removed is of one size and before a moment.
      const more = { add: [one('b', 60, 120)], remove: [{ sizeMs: 60, before: 120 }] };
      expect(await other.changeHistory('m/a', mark, { telemetryId: 9, foldedTo: 240, ...more })).toBe(true);
      expect(await store.history('m/a', asked)).toEqual([add[3], add[0], add[0]]);
      expect(await store.history('m/a', { ...asked, sizeMs: 900, from: 0 })).toEqual([add[2]]);
      expect(await store.historySize('m/a')).toEqual({ records: 4, bytes: expect.any(Number), since: 0 });
      expect(await store.historyMark('m/b')).toBeUndefined();
    });

    it('changes history for one of many who have seen the same, and nothing for the others', async () => {
      const record = (n: number): HistoryRecord => ({ series: 'a', sizeMs: 60, at: n, body: n });
      const turn = async (mine: Store, n: number): Promise<boolean> =>
        mine.changeHistory('m/a', await mine.historyMark('m/a'), {
          telemetryId: n,
          foldedTo: n,
          add: [record(n)],
        });
      let done = 0;
      for (let round = 0; round < 6; round += 1) {
        const turns = [store, other, store, other].map((mine, n) => turn(mine, round * 10 + n));
        done += (await Promise.all(turns)).filter(Boolean).length;
      }
      expect(done).toBeGreaterThanOrEqual(6);
      expect((await store.historyMark('m/a'))?.beat).toBe(done);
      const all = await store.history('m/a', { series: ['a'], sizeMs: 60, from: 0, to: 100 });
      expect(all).toHaveLength(done);
    });

    it('has telemetry folded once, by many at once, whatever fails on the way', async () => {
      const tell = async (calls: number): Promise<void> => {
        const latency = [100, calls];
        const find = { repository: 'user', operation: 'find', errors: 0, latency };
        for (const side of ['control', 'candidate'])
          await store.report('m/a', side, {}, { spanMs: 1_000, operations: [{ ...find, side, calls }] });
      };
      let told = 0;
      for (let step = 1; step <= 8; step += 1) {
        await tell(step);
        told += step;
        for (const isDone of [false, true]) {
          const folders = [failing(store, step, isDone), failing(other, step, isDone), other].map(
            (mine) => new TelemetryFolder(mine, systemClock, 'm/a'),
          );
          await Promise.allSettled(folders.map((folder) => folder.fold('all')));
        }
      }
      await new TelemetryFolder(store, systemClock, 'm/a').fold('all');
      const asked = { series: null, sizeMs: 60_000, from: 0, to: Number.MAX_SAFE_INTEGER };
      const cells = [...cellsOf(await other.history('m/a', asked)).values()];
      const calls = (side: 'control' | 'candidate'): number =>
        cells.reduce((sum, cell) => sum + cell.total(['user'])[side].calls, 0);
      expect([calls('control'), calls('candidate')]).toEqual([told, told]);
      expect((await store.historyMark('m/a'))?.telemetryId).toBe(await store.telemetryHead('m/a'));
    });

    it('tells a watcher about the commits of others, until it stops', async () => {
      let calls = 0;
      const stop = store.watch(() => (calls += 1));
      await other.append('m/a', 0, [draft(1)]);
      await expect.poll(() => calls, { timeout: 10_000 }).toBeGreaterThan(0);
      stop();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const before = calls;
      await other.append('m/a', 1, [draft(2)]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(calls).toBe(before);
    });
  });
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CutoverError } from '../kernel/index.ts';
import type { InstanceReport } from '../store/index.ts';
import { Reports } from './reports.ts';

type Writing = {
  readonly reports: readonly InstanceReport[];
  readonly end: (error?: unknown) => void;
};

/** A store in which each transaction takes until somebody ends it. */
function slowStore() {
  const writings: Writing[] = [];
  return {
    writings,
    reportAll: (_: string, reports: readonly InstanceReport[]) =>
      new Promise<{ epoch: number; mark: null }>((resolve, reject) => {
        const end = (error?: unknown): void =>
          error === undefined ? resolve({ epoch: reports.length, mark: null }) : reject(error as Error);
        writings.push({ reports, end });
      }),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const names = ({ reports }: Writing): string => reports.map(({ instance }) => instance).join('');
const said = (instance: string, n = 0): InstanceReport => ({ instance, body: { n } });

describe('reports of instances', () => {
  it('wait for nobody when they come alone, and are stored together when they come meanwhile', async () => {
    const store = slowStore();
    const reports = new Reports(store);
    const first = reports.add('m/a', said('a'));
    const others = ['b', 'c', 'd'].map((name) => reports.add('m/a', said(name)));
    expect(store.writings.map(names)).toEqual(['a']);
    store.writings[0]?.end();
    expect(await first).toEqual({ epoch: 1, mark: null });
    await turn();
    expect(store.writings.map(names)).toEqual(['a', 'bcd']);
    store.writings[1]?.end();
    expect(await Promise.all(others)).toHaveLength(3);
  });

  it('of one stream do not wait for those of another', () => {
    const store = slowStore();
    const reports = new Reports(store);
    void reports.add('m/a', said('a'));
    void reports.add('m/b', said('a'));
    expect(store.writings).toHaveLength(2);
  });

  it('are all stored once, those of one instance in their order and never two at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }), async (order) => {
        const store = slowStore();
        const reports = new Reports(store);
        const all = order.map((name, n) => reports.add('m/a', said(name, n)));
        for (let at = 0; at < store.writings.length; at += 1) {
          store.writings[at]?.end();
          await turn();
        }
        await Promise.all(all);
        for (const writing of store.writings)
          expect(new Set(names(writing)).size).toBe(writing.reports.length);
        const stored = store.writings.flatMap((writing) => writing.reports);
        for (const name of ['a', 'b', 'c'])
          expect(stored.filter(({ instance }) => instance === name).map(({ body }) => body)).toEqual(
            order.flatMap((other, n) => (other === name ? [{ n }] : [])),
          );
      }),
    );
  });

  it('fail together when the store does, and alone when one of them cannot be kept', async () => {
    const store = slowStore();
    const reports = new Reports(store);
    void reports.add('m/a', said('z'));
    const together = ['a', 'b'].map((name) => reports.add('m/a', said(name)));
    store.writings[0]?.end();
    await turn();
    store.writings[1]?.end(new CutoverError('STORE_UNAVAILABLE', 'away'));
    for (const one of together) await expect(one).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });

    void reports.add('m/a', said('z'));
    const [bad, good] = ['a', 'b'].map((name) => reports.add('m/a', said(name)));
    store.writings[2]?.end();
    await turn();
    store.writings[3]?.end(new CutoverError('USAGE', 'a name holds a NUL character'));
    await turn();
    store.writings[4]?.end(new CutoverError('USAGE', 'a name holds a NUL character'));
    await expect(bad).rejects.toMatchObject({ code: 'USAGE' });
    await turn();
    store.writings[5]?.end();
    expect(await good).toEqual({ epoch: 1, mark: null });
  });

  it('are refused while more wait for the store than it takes in seconds', async () => {
    const store = slowStore();
    const reports = new Reports(store);
    for (let n = 0; n <= 5_000; n += 1) void reports.add('m/a', said(`i${n}`));
    await expect(reports.add('m/a', said('one more'))).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
    });
    store.writings[0]?.end();
    await turn();
    expect(store.writings[1]?.reports).toHaveLength(200);
    const taken = reports.add('m/a', said('one more'));
    taken.catch(() => {});
    await expect(Promise.race([taken, Promise.resolve('waits')])).resolves.toBe('waits');
  });
});

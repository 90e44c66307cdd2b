import { describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/index.ts';
import type { StoredEvent } from '../store/index.ts';
import { FoldedLog } from './folded-log.ts';

/** A log that is read at once, as a file is, and says how it was asked. */
class Log {
  length = 0;
  readonly asked: { readonly after: number; readonly most: number }[] = [];

  async read(_: string, after = 0, most = Infinity): Promise<readonly StoredEvent[]> {
    this.asked.push({ after, most });
    return Array.from({ length: Math.min(most, this.length - after) }, (__, index) =>
      event(after + index + 1),
    );
  }
}

const event = (seq: number): StoredEvent => ({
  stream: 's',
  seq,
  at: seq,
  kind: 'counter.added',
  v: 1,
  body: {},
  prev: '',
  hash: `h${seq}`,
});

const counting = (store: Log): FoldedLog<number> =>
  new FoldedLog({ store, clock: systemClock, stream: 's', empty: 0, evolve: (sum, { seq }) => sum + seq });

const sumTo = (length: number): number => (length * (length + 1)) / 2;

describe('what a log adds up to', () => {
  it('is read by pages, between which others have their turn, and once for all who ask', async () => {
    const log = new Log();
    log.length = 4_500;
    const folded = counting(log);
    let turns = 0;
    let isRead = false;
    const count = (): void => {
      turns += 1;
      if (!isRead) setImmediate(count);
    };
    setImmediate(count);
    const sums = await Promise.all([folded.read(), folded.read(), folded.read()]);
    isRead = true;
    expect(sums).toEqual([sumTo(4_500), sumTo(4_500), sumTo(4_500)]);
    expect(turns).toBeGreaterThanOrEqual(4);
    expect(log.asked.filter(({ after }) => after === 0)).toHaveLength(1);
    expect(Math.max(...log.asked.map(({ most }) => most))).toBeLessThanOrEqual(1_000);
  });

  it('has what was in the log before it was asked for, also while somebody reads', async () => {
    const log = new Log();
    log.length = 1_500;
    const folded = counting(log);
    const first = folded.read();
    log.length = 1_501;
    const second = folded.read();
    await first;
    expect(await second).toBe(sumTo(1_501));
    log.length = 1_502;
    expect(await folded.read()).toBe(sumTo(1_502));
  });
});

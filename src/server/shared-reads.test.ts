import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedReads } from './shared-reads.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A store whose reads answer with what was there when they began, as soon as somebody ends them. */
function store() {
  const on: { end: (error?: Error) => void }[] = [];
  const counted = { now: 1, most: 0, begun: 0 };
  const read = (): Promise<never> => {
    const seen = counted.now;
    counted.begun += 1;
    return new Promise((resolve, reject) => {
      const end = (error?: Error): void =>
        error === undefined ? resolve({ epoch: seen, seq: seen } as never) : reject(error);
      counted.most = Math.max(counted.most, on.push({ end }));
    });
  };
  return { on, counted, head: read, routing: read, instances: read };
}

describe('reads that many ask for', () => {
  it('are one at a time, and none is older than its question', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('ask', 'change', 'end')), async (steps) => {
        const engine = store();
        const reads = new SharedReads(engine);
        const answers: Promise<void>[] = [];
        for (const step of steps) {
          if (step === 'change') engine.counted.now += 1;
          if (step === 'end') engine.on.shift()?.end();
          if (step === 'ask') {
            const least = engine.counted.now;
            answers.push(
              reads.routing('m/a').then((found) => expect(found?.epoch).toBeGreaterThanOrEqual(least)),
            );
          }
          await turn();
        }
        while (engine.on.length > 0) {
          engine.on.shift()?.end();
          await turn();
        }
        await Promise.all(answers);
        expect(engine.counted.most).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are two for a thousand who ask together, and others for another stream or event', async () => {
    const engine = store();
    const reads = new SharedReads(engine);
    const all = Array.from({ length: 1_000 }, () => reads.head('m/a'));
    expect(engine.counted.begun).toBe(1);
    void reads.head('m/b');
    void reads.routing('m/a');
    void reads.routing('m/a', { seq: 1, hash: 'x' });
    void reads.routing('m/a', { seq: 1, hash: 'y' });
    expect(engine.counted.begun).toBe(5);
    for (const { end } of engine.on.splice(0)) end();
    await turn();
    expect(engine.counted.begun).toBe(6);
    for (const { end } of engine.on.splice(0)) end();
    await Promise.all(all);
  });

  it('fail for those who asked, and are made again for the next', async () => {
    const engine = store();
    const reads = new SharedReads(engine);
    const first = reads.head('m/a');
    const second = reads.head('m/a');
    engine.on.shift()?.end(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await turn();
    engine.on.shift()?.end();
    expect(await second).toMatchObject({ seq: 1 });
    await turn();
    const third = reads.head('m/a');
    engine.on.shift()?.end();
    expect(await third).toMatchObject({ seq: 1 });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queriesInShadow, queryCounter } from './index.ts';

/** A side whose read sends so many queries, one after another, each in a turn of its own. */
class Side {
  readonly #sent: () => void;
  constructor(sent: () => void) {
    this.#sent = sent;
  }
  async find(queries: number): Promise<number> {
    for (let at = 0; at < queries; at += 1) {
      this.#sent();
      // oxlint-disable-next-line no-await-in-loop -- what is tested
      await new Promise(setImmediate);
    }
    return queries;
  }
}

describe('a counter of queries', () => {
  it('counts for the call that sends them, however many are on their way at once', async () => {
    const counts = fc.array(fc.nat({ max: 8 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(counts, async (all) => {
        const counter = queryCounter();
        const side = new Side(() => counter.sent());
        const found = await Promise.all(all.map((queries) => counter.during(() => side.find(queries))));
        expect(found).toEqual(all.map((queries) => ({ value: queries, queries })));
        // Outside of a call it counts nowhere.
        counter.sent();
      }),
      { numRuns: 30 },
    );
  });
});

describe('queries in the shadow', () => {
  const sides = () => {
    const counter = queryCounter();
    const side = (): Side => new Side(() => counter.sent());
    return queriesInShadow(counter, { control: side(), candidate: side() });
  };

  it('are refused when they are many more than control ever needed, and only then', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 9 }), { maxLength: 4 }),
        fc.nat({ max: 25 }),
        async (control, candidate) => {
          const both = sides();
          for (const queries of control) await both.control.find(queries);
          const most = Math.max(1, ...control);
          const answered = await both.candidate.find(candidate).catch((error: unknown) => Object(error).name);
          expect(answered).toBe(candidate > 2 * most + 1 ? 'TooManyQueries' : candidate);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('that control needs as many of are fine from the second time', async () => {
    const { control, candidate } = sides();
    await expect(candidate.find(6)).rejects.toThrow('sent 6 queries, control at most 0');
    await control.find(6);
    expect(await candidate.find(6)).toBe(6);
    expect(await candidate.find(13)).toBe(13);
    await expect(candidate.find(14)).rejects.toThrow('control at most 6');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentSource, BEGIN, type Calls, type Position } from './argument-source.ts';
import { manualClock } from './index.ts';

const source = (calls: Calls<readonly unknown[]>) => new ArgumentSource('user.find', calls, manualClock());
const pagesOf = (rows: number): Calls<readonly unknown[]> => ({
  pages: (after, size) => {
    const from = Number(after ?? 0);
    const calls = Array.from({ length: Math.min(size, rows - from) }, (_, at) => [from + at + 1]);
    return { calls, next: from + calls.length >= rows ? null : from + calls.length };
  },
});
const listOf = (rows: number): readonly (readonly unknown[])[] =>
  Array.from({ length: rows }, (_, at) => [at + 1]);

/** All calls, each part of a size, from a source that is opened anew where `restarts` says so. */
async function readAll(
  make: () => Calls<readonly unknown[]>,
  size: number,
  restarts: (part: number) => boolean,
) {
  const seen: unknown[] = [];
  let open = source(make());
  let position: Position = BEGIN;
  for (let part = 0; ; part += 1) {
    if (restarts(part)) {
      open = source(make());
      // As it comes back from a file.
      position = JSON.parse(JSON.stringify(position)) as Position;
    }
    const taken = await open.take(position, size);
    seen.push(...taken.calls.map(([id]) => id));
    position = taken.position;
    if (taken.isEnd) return seen;
  }
}

const message = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return `${Object(error).code} ${Object(error).message}`;
  }
  return 'accepted';
};
const take = (calls: Calls<readonly unknown[]>, from: Position = BEGIN) => source(calls).take(from, 10);

describe('a source of calls', () => {
  it('gives each call once, in any part size, wherever it was begun anew', async () => {
    const kinds: readonly ((rows: number) => Calls<readonly unknown[]>)[] = [
      pagesOf,
      listOf,
      (rows) => () => listOf(rows),
      (rows) =>
        async function* all() {
          for (const one of listOf(rows)) yield [...one];
        },
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...kinds),
        fc.nat({ max: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.func(fc.boolean()),
        async (make, rows, size, restarts) => {
          const all = listOf(rows).map(([id]) => id);
          expect(await readAll(() => make(rows), size, restarts)).toEqual(all);
        },
      ),
    );
  });

  it('by pages goes past empty ones, and a page may be larger or smaller than what was asked for', async () => {
    const sparse: Calls<readonly unknown[]> = {
      pages: (after) => {
        const from = Number(after ?? 0);
        return { calls: from % 3 === 2 ? [[from]] : [], next: from < 20 ? from + 1 : null };
      },
    };
    expect(
      await readAll(
        () => sparse,
        5,
        () => false,
      ),
    ).toEqual([2, 5, 8, 11, 14, 17, 20]);
  });

  it('whose cursor comes again would never end, whatever the length of the circle', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 30 }), fc.integer({ min: 1, max: 30 }), async (lead, circle) => {
        const calls: Calls<readonly unknown[]> = {
          pages: (after) => {
            const at = Number(after ?? 0) + 1;
            return { calls: [[at]], next: at > lead + circle ? lead + 1 : at };
          },
        };
        const said = await message(() =>
          readAll(
            () => calls,
            1,
            () => false,
          ),
        );
        expect(said).toContain('COMPARE_INVALID calls of user.find: pages() came back to the cursor');
      }),
    );
  });

  it('by an iterable that gives others than before is refused, and not guessed', async () => {
    const taken = await source(listOf(20)).take(BEGIN, 10);
    for (const other of [listOf(5), [[0], ...listOf(20)]])
      expect(await message(() => take(other, taken.position))).toContain(
        'CHECKPOINT_INVALID user.find: the first 10',
      );
    expect((await take(listOf(30), taken.position)).calls[0]).toEqual([11]);
  });

  it.each<readonly [unknown, string]>([
    [5, 'is 5'],
    [{}, 'is {}'],
    [[1], '1 are no arguments'],
    [() => 5, 'its function gave 5'],
    [() => ['a'], 'are no arguments'],
    [{ pages: () => [[1]] }, 'pages() gave'],
    [{ pages: () => ({ calls: [[1]] }) }, 'pages() gave'],
    [{ pages: () => ({ calls: [[1]], next: 1n }) }, 'is no JSON'],
    [{ pages: () => ({ calls: [[1]], next: new Date(0) }) }, 'is no JSON'],
    [{ pages: () => ({ calls: [[1]], next: Number.NaN }) }, 'is no JSON'],
    [{ pages: (after: unknown) => ({ calls: [], next: Number(after ?? 0) + 1 }) }, '1000 pages in a row'],
  ])('that is %j is refused', async (calls, text) => {
    // What an application may write that is not checked by types.
    const given = calls as Calls<readonly unknown[]>;
    expect(await message(() => take(given))).toContain(text);
  });

  it('that fails says so, and that it was the source', async () => {
    const failing = () => {
      throw new Error('no such column');
    };
    expect(await message(() => take({ pages: failing }))).toBe(
      'COMPARISON_FAILED calls of user.find: no such column',
    );
    expect(await message(() => take(failing))).toContain('no such column');
  });

  it('that loses its connection is worth trying again, and leaves nothing out then', async () => {
    let fails = true;
    const open = source(async function* all() {
      for (const one of listOf(8)) {
        if (one[0] === 6 && fails) {
          fails = false;
          throw Object.assign(new Error('gone'), { code: '57P01' });
        }
        yield [...one];
      }
    });
    const first = await open.take(BEGIN, 4);
    expect(await message(() => open.take(first.position, 4))).toBe(
      'CONNECTION_LOST calls of user.find: gone',
    );
    const second = await open.take(first.position, 4);
    expect([...first.calls, ...second.calls].map(([id]) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('that never gives anything is given up after a minute', async () => {
    const clock = manualClock();
    const open = new ArgumentSource('user.find', { pages: () => new Promise(() => {}) }, clock);
    const said = message(() => open.take(BEGIN, 10));
    await Promise.resolve();
    clock.advance(60_001);
    expect(await said).toContain('gave nothing within 60 s');
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CutoverError } from '../kernel/index.ts';
import { describeBoth, type DescribeBothOptions } from './describe-both.ts';

class Users {
  readonly rows: Map<number, string>;
  constructor(rows: Map<number, string>) {
    this.rows = rows;
  }
  async find(id: number): Promise<string | undefined> {
    return this.rows.get(id);
  }
  async create(id: number, name: string): Promise<void> {
    if (this.rows.has(id)) throw new Error(`${id} is taken`);
    this.rows.set(id, name);
  }
}

let rows = new Map<number, string>();
beforeEach(() => void (rows = new Map()));
const made: string[] = [];
const sides: DescribeBothOptions<Users> = {
  control: () => {
    made.push('control');
    return new Users(rows);
  },
  candidate: async () => {
    made.push('candidate');
    return new Users(rows);
  },
  reads: ['find'],
};

describeBoth(
  'user',
  sides,
  (users) => {
    afterEach(() => expect(users().rows.size).toBe(1));
    it('finds whom it has created, with an id that is taken only once', async () => {
      await users().create(1, 'Ana');
      expect(await users().find(1)).toBe('Ana');
    });
    it('begins each test anew', async () => {
      expect(await users().find(1)).toBeUndefined();
      await users().create(2, 'Bea');
    });
  },
  { describe, beforeEach },
);

describe('describeBoth', () => {
  it('makes each side anew for each test of each variant', () => {
    expect(made.join(' ')).toBe('control control candidate candidate control candidate control candidate');
  });

  /** A runner that keeps what it is given, to run it by hand. */
  function record(options: DescribeBothOptions<Users>): {
    readonly titles: string[];
    readonly before: ((...context: readonly unknown[]) => Promise<void>)[];
    readonly get: (() => Users)[];
  } {
    const [titles, before, get]: [
      string[],
      ((...context: readonly unknown[]) => Promise<void>)[],
      (() => Users)[],
    ] = [[], [], []];
    const runner = {
      describe: (name: string, define: () => unknown) => {
        titles.push(name);
        define();
      },
      beforeEach: (work: (...context: readonly unknown[]) => Promise<void>) => before.push(work),
    };
    describeBoth('user', options, (users) => void get.push(users), runner);
    return { titles, before, get };
  }

  const code = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return error instanceof CutoverError ? `${error.code}: ${error.message}; ${error.hint}` : String(error);
    }
    return 'nothing was thrown';
  };

  it('has a title for each variant, and no repository outside of a test', () => {
    const { titles, get } = record(sides);
    expect(titles).toEqual(['user', 'control', 'candidate', 'both, compared']);
    expect(code(() => get[0]?.())).toContain(
      'USAGE: the repository of "control" was asked for outside of a test',
    );
  });

  it.each(['onTestFinished', 'after'])('fails a test that caught a difference, through %s', async (name) => {
    const { before, get } = record({ ...sides, candidate: () => new Users(new Map([[1, 'Zoe']])) });
    const ends: (() => void)[] = [];
    // vitest's context is a function with properties.
    await before[2]?.(Object.assign(() => {}, { [name]: (work: () => void) => ends.push(work) }));
    await expect(get[2]?.().find(1)).rejects.toThrow("user.find(1): the answers differ: undefined and 'Zoe'");
    expect(() => ends[0]?.()).toThrow('user.find(1)');
    await before[2]?.();
    await before[2]?.({ [name]: (work: () => void) => ends.push(work) });
    expect(ends[1]?.()).toBeUndefined();
  });

  it('refuses what would compare nothing', async () => {
    expect(code(() => record({ ...sides, reads: [] }))).toContain(
      'USAGE: describeBoth("user"): reads is empty',
    );
    const { before } = record({ ...sides, candidate: () => ({}) as Users });
    await expect(before[2]?.()).rejects.toMatchObject({
      code: 'UNKNOWN_METHOD',
      message: 'candidate of repository "user" lacks find()',
    });
  });

  it('takes the global runner, and says what to do when there is none', () => {
    expect(code(() => describeBoth('user', sides, () => {}))).toContain(
      'USAGE: describeBoth: there is no global describe() and beforeEach(); pass those of your runner',
    );
    const titles: string[] = [];
    vi.stubGlobal('describe', (name: string) => titles.push(name));
    vi.stubGlobal('beforeEach', () => {});
    describeBoth('user', sides, () => {});
    vi.unstubAllGlobals();
    expect(titles).toEqual(['user']);
  });
});

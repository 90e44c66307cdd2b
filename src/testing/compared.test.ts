import type { AssertionError } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Side } from '../route/index.ts';
import { compared, type Comparison } from './compared.ts';

class Users {
  readonly #name: string;
  readonly log: string[] = [];
  constructor(name: string) {
    this.#name = name;
  }
  find(id: number): Promise<{ id: number; by?: string }> {
    this.log.push(`find ${id}`);
    return Promise.resolve(id < 0 ? { id, by: this.#name } : { id });
  }
  count(): number {
    return this.log.length >= 0 ? 3 : 0;
  }
  get(id: number): string {
    if (id === 0) throw new RangeError('no 0');
    if (id < 0) throw Object.assign(new Error(`${this.#name} has no ${id}`), { code: this.#name });
    return 'x';
  }
  create(name: string): Promise<string> {
    this.log.push(`create ${name}`);
    return Promise.resolve(`${this.#name} ${name}`);
  }
  get who(): string {
    return this.#name;
  }
}

function setUp(more: Partial<Comparison> = {}): {
  users: Users;
  control: Users;
  candidate: Users;
  found: AssertionError[];
} {
  const [control, candidate] = [new Users('control'), new Users('candidate')];
  const found: AssertionError[] = [];
  const users = compared(control, candidate, {
    repository: 'user',
    serves: 'control',
    reads: ['find', 'count', 'get'],
    compare: undefined,
    found: (difference) => void found.push(difference),
    ...more,
  });
  return { users, control, candidate, found };
}

describe('a compared repository', () => {
  it('hands on what both answer, now or later, returned or thrown', async () => {
    const { users, control, candidate, found } = setUp();
    expect(await users.find(1)).toEqual({ id: 1 });
    expect(users.count()).toBe(3);
    expect(() => users.get(0)).toThrow(new RangeError('no 0'));
    expect([control.log, candidate.log]).toEqual([['find 1'], ['find 1']]);
    expect(found).toEqual([]);
  });

  it('names call, arguments and path of a difference, and keeps it', async () => {
    const { users, found } = setUp();
    await expect(users.find(-1)).rejects.toThrow(
      "user.find(-1): the answers differ at by: 'control' and 'candidate'\n" +
        "  control   returned { id: -1, by: 'control' }\n" +
        "  candidate returned { id: -1, by: 'candidate' }",
    );
    expect(() => users.get(-2)).toThrow('user.get(-2): the answers differ at error.message');
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({ expected: { by: 'control' }, actual: { by: 'candidate' } });
  });

  it('lets compare decide, about what was thrown too, and takes its own throwing for a no', () => {
    const codes: unknown[] = [];
    const lenient = setUp({
      compare: (control, candidate, { operation, args }) => {
        codes.push([control.kind, candidate.kind, operation, args]);
        return true;
      },
    });
    expect(() => lenient.users.get(-1)).toThrow('control has no -1');
    expect(codes).toEqual([['thrown', 'thrown', 'get', [-1]]]);
    expect(() => setUp({ compare: () => false }).users.count()).toThrow('user.count(): compare says no\n');
    const broken = setUp({
      compare: () => {
        throw new Error('not alike');
      },
    });
    expect(() => broken.users.get(1)).toThrow('user.get(1): compare threw not alike\n');
  });

  it('tells a promise from what is there at once', async () => {
    const later = { get: (): unknown => Promise.reject(new Error('x')) };
    const now = { get: (): unknown => 1 };
    const thrown = { get: (): unknown => fail(new Error('x')) };
    const comparison = { repository: 'r', serves: 'control', reads: ['get'], compare: undefined } as const;
    const ask = async (control: typeof now, candidate: typeof now): Promise<unknown> =>
      compared(control, candidate, { ...comparison, found: () => {} }).get();
    await expect(ask(now, later)).rejects.toThrow(
      'r.get(): candidate answers with a promise, control at once',
    );
    await expect(ask(later, now)).rejects.toThrow(
      'r.get(): control answers with a promise, candidate at once',
    );
    await expect(ask(later, thrown)).rejects.toThrow(new Error('x'));
  });

  it('writes once, on the side that serves, in any order of calls', async () => {
    const calls = fc.array(fc.constantFrom('create', 'find', 'count'), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(calls, fc.constantFrom<Side>('control', 'candidate'), async (names, serves) => {
        const { users, control, candidate } = setUp({ serves });
        for (const name of names) {
          if (name === 'create') expect(await users.create('Ana')).toBe(`${serves} Ana`);
          else if (name === 'find') await users.find(1);
          else users.count();
        }
        const writes = (of: Users): number => of.log.filter((line) => line.startsWith('create')).length;
        const wanted = names.filter((name) => name === 'create').length;
        const [served, other] = serves === 'control' ? [control, candidate] : [candidate, control];
        expect([writes(served), writes(other)]).toEqual([wanted, 0]);
      }),
    );
  });

  it('is otherwise the side that serves: class, getters, fields, own methods, frozen objects', () => {
    const { users, candidate } = setUp({ serves: 'candidate' });
    expect(users).toBeInstanceOf(Users);
    expect(users.who).toBe('candidate');
    expect(users.log).toBe(candidate.log);
    expect(users.create).toBe(users.create);
    expect('who' in users).toBe(true);
    const frozen = Object.freeze({ get: (id: number): number => id, side: 'a' });
    const repository = compared(frozen, frozen, {
      repository: 'r',
      serves: 'control',
      reads: ['get'],
      compare: undefined,
      found: () => {},
    });
    const { get, side } = { ...repository };
    expect([get(4), side]).toEqual([4, 'a']);
  });
});

function fail(error: Error): never {
  throw error;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capture, captureThrown, compareRules, groupId, type CompareOptions } from '../compare/index.ts';
import type { Side } from '../route/index.ts';
import {
  addTallies,
  compareCall,
  isConnectionLost,
  NO_CALLS,
  replayCall,
  tallyOf,
  type SideAnswer,
} from './index.ts';

const of = { repository: 'user', operation: 'find' };
const answer = (value: unknown, queries: number | null = null): SideAnswer => ({
  seen: value instanceof Error ? captureThrown(value) : capture(value),
  ms: 1,
  queries,
});

/** Each side's answers, one after another; the last one again and again. */
function asking(
  control: readonly unknown[],
  candidate: readonly unknown[],
  queries: Partial<Record<Side, number>> = {},
) {
  const asked: Side[] = [];
  const left = { control: [...control], candidate: [...candidate] };
  const ask = async (side: Side): Promise<SideAnswer> => {
    asked.push(side);
    const list = left[side];
    return answer(list.length > 1 ? list.shift() : list[0], queries[side] ?? null);
  };
  return { ask, asked };
}

const compare = (
  control: readonly unknown[],
  candidate: readonly unknown[],
  options: CompareOptions = {},
  queries: Partial<Record<Side, number>> = {},
) =>
  compareCall(asking(control, candidate, queries).ask, compareRules('user.find', options), () =>
    Date.UTC(2026, 0),
  );

describe('a call on both sides', () => {
  it('is the same, or different also when it is asked again', async () => {
    expect(await compare([{ id: 1 }], [{ id: 1 }])).toMatchObject({ outcome: 'same', differences: [] });
    const found = await compare([{ id: 1, a: 1 }], [{ id: 1, a: '1' }]);
    expect(found).toMatchObject({ outcome: 'different', differences: [{ path: 'a', kind: 'type' }] });
  });

  it('asks again only where it differs', async () => {
    const same = asking([1], [1]);
    await compareCall(same.ask, compareRules(''), () => 0);
    expect(same.asked.toSorted()).toEqual(['candidate', 'control']);
    const different = asking([1], [2]);
    await compareCall(different.ask, compareRules(''), () => 0);
    expect(different.asked.toSorted()).toEqual(['candidate', 'candidate', 'control', 'control', 'control']);
  });

  it('is transient when the data changed, and noise where control differs from itself', async () => {
    expect(await compare([1, 2, 2], [2])).toMatchObject({ outcome: 'transient' });
    const rows = (...tokens: readonly number[]) => tokens.map((token) => ({ id: 1, token }));
    expect(await compare(rows(1, 2, 3), rows(4, 5))).toMatchObject({ outcome: 'noise', differences: [] });
    // Noise at one place hides nothing at another.
    const found = await compare(
      [1, 2, 3].map((token) => ({ token, a: 1 })),
      [4, 5].map((token) => ({ token, a: 2 })),
    );
    expect(found).toMatchObject({ outcome: 'different', differences: [{ path: 'a' }] });
  });

  it('is ignored by rule and where no order was promised', async () => {
    const rule = { path: 'a', owner: 'ana', reason: 'known', expires: '2026-12-31' };
    expect(await compare([{ a: 1 }], [{ a: 2 }], { ignore: [rule] })).toMatchObject({ outcome: 'ignored' });
    const old = { ...rule, expires: '2025-12-31' };
    expect(await compare([{ a: 1 }], [{ a: 2 }], { ignore: [old] })).toMatchObject({ outcome: 'different' });
    const [one, other] = [{ id: 1 }, { id: 2 }];
    expect(await compare([[one, other]], [[other, one]])).toMatchObject({ outcome: 'ignored' });
    expect(await compare([[one, other]], [[other, one]], { ordered: true })).toMatchObject({
      outcome: 'different',
      differences: [{ kind: 'order' }],
    });
  });

  it('that fails alike is no agreement on an answer, and one that fails alone is a difference', async () => {
    const no = new RangeError('no');
    expect(await compare([no], [no])).toMatchObject({ outcome: 'failedAlike' });
    expect(await compare([1], [no])).toMatchObject({
      outcome: 'different',
      differences: [{ kind: 'error-or-value' }],
    });
  });

  it('with a query for each row is different, though its answer is the same', async () => {
    const rows = [[{ id: 1 }, { id: 2 }]];
    const queries = (control: number, candidate: number) => compare(rows, rows, {}, { control, candidate });
    expect(await queries(2, 7)).toMatchObject({
      outcome: 'different',
      differences: [{ kind: 'queries', control: 2, candidate: 7 }],
    });
    // A few more, or a client that puts queries of several calls together, are none.
    for (const [control, candidate] of [
      [2, 5],
      [5, 2],
      [0, 3],
      [1, 3],
    ] as const)
      expect(await queries(control, candidate)).toMatchObject({ outcome: 'same' });
    const rule = {
      path: '',
      kind: 'queries',
      owner: 'ana',
      reason: 'next week',
      expires: '2026-12-31',
    } as const;
    expect(await compare(rows, rows, { ignore: [rule] }, { control: 1, candidate: 9 })).toMatchObject({
      outcome: 'ignored',
    });
  });
});

describe('a tally of calls', () => {
  const tally = async (first: number, pairs: readonly (readonly [unknown, unknown])[]) => {
    const calls = [];
    for (const [at, [control, candidate]] of pairs.entries())
      calls.push({ ...(await compare([control], [candidate])), call: first + at, args: [at] });
    return tallyOf(of, calls, {});
  };

  it('counts calls and not places, with the id that the shadow gives, and keeps samples redacted', async () => {
    const rows = (...names: readonly (string | null)[]) => names.map((name, id) => ({ id, name }));
    const found = await tally(7, [[rows('a', 'b'), rows(null, null)]]);
    expect(found.groups).toMatchObject([
      {
        id: groupId('user', 'find', { kind: 'value', path: '[].name' }),
        calls: 1,
        samples: [{ call: 7, at: '[0].name', control: '‹text of 1›', candidate: 'null', args: ['0'] }],
      },
    ]);
  });

  it('is the same however the calls were cut into parts', async () => {
    const pair = fc.tuple(
      fc.constantFrom<unknown>(1, 2, { a: 1 }),
      fc.constantFrom<unknown>(1, 2, { a: '1' }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { maxLength: 20 }), fc.nat({ max: 20 }), async (pairs, cut) => {
        const whole = addTallies(NO_CALLS, await tally(0, pairs));
        const parts = addTallies(
          addTallies(NO_CALLS, await tally(0, pairs.slice(0, cut))),
          await tally(cut, pairs.slice(cut)),
        );
        expect(JSON.parse(JSON.stringify(parts.outcomes))).toEqual(whole.outcomes);
        const shape = ({ groups }: typeof whole) =>
          groups.map(({ id, calls, samples }) => [id, calls, samples.map(({ call }) => call)]);
        expect(shape(parts)).toEqual(shape(whole));
        expect(parts.calls).toBe(pairs.length);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a mismatch whose call is made again', () => {
  const id = groupId('user', 'find', { kind: 'type', path: 'a', as: 'number' });
  const replay = (control: readonly unknown[], candidate: readonly unknown[], rounds = 3) =>
    replayCall({ ...of, id }, asking(control, candidate).ask, compareRules('user.find'), rounds);

  it('is there, gone, noise, or something that nobody can say', async () => {
    expect(await replay([{ a: 1 }], [{ a: '1' }])).toMatchObject({
      verdict: 'there',
      differed: 3,
      others: [],
    });
    expect(await replay([{ a: 1 }], [{ a: 1 }])).toMatchObject({ verdict: 'gone', differed: 0 });
    expect(await replay([{ a: 1 }, { a: '1' }], [{ a: '1' }], 1)).toMatchObject({
      verdict: 'noise',
      noisy: 1,
    });
    const stream = new ReadableStream();
    expect(await replay([stream], [stream])).toMatchObject({ verdict: 'incomparable' });
  });

  it('is gone where another difference has taken its place, which is told', async () => {
    expect(await replay([{ a: 1 }], [{ a: 2 }])).toMatchObject({
      verdict: 'gone',
      others: [{ kind: 'value', path: 'a' }],
    });
  });
});

describe('a connection that is lost', () => {
  it.each([
    Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('x'), { code: '57P01' }),
    Object.assign(new Error('x'), { code: 'P1001' }),
    new Error('Connection terminated unexpectedly'),
    // As Prisma wraps it.
    Object.assign(new Error('x'), { meta: { driverAdapterError: { cause: { code: '57P01' } } } }),
    new Error('Failed query', { cause: Object.assign(new Error('x'), { code: '08006' }) }),
    new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]),
    new Error('Cannot use a pool after calling end on the pool'),
    new Error('database is not open'),
  ])('is told from an answer: %s', (error) => expect(isConnectionLost(error)).toBe(true));

  it.each([
    new Error('no such user'),
    Object.assign(new Error('x'), { code: '23505' }),
    Object.assign(new Error('x'), { code: 'P2002' }),
    'ECONNREFUSED',
    null,
    Object.defineProperty({}, 'code', {
      get: () => {
        throw new Error('a getter');
      },
    }),
  ])('is not what an operation refuses: %s', (error) => expect(isConnectionLost(error)).toBe(false));
});

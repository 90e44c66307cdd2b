import { describe, expect, it } from 'vitest';
import { dataOnly } from './data-only.ts';

function refusals(value: unknown): readonly string[] {
  return dataOnly(value).problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('dataOnly', () => {
  it('copies data as it is and leaves out what is undefined', () => {
    const shared = { a: [1, 'two\n\tlines', null, true] };
    expect(dataOnly({ shared, again: shared, none: undefined })).toEqual({
      data: { shared, again: shared },
      problems: [],
    });
  });

  it.each([
    [{ metrics: { x: () => 1 } }, 'metrics.x: is a function; a plan is data'],
    [{ at: new Date(0) }, 'at: is a Date; a plan is data'],
    [{ at: new Map() }, 'at: is an instance of Map; a plan is data'],
    [{ at: Promise.resolve() }, 'at: is an instance of Promise; a plan is data'],
    [{ at: Symbol('x') }, 'at: is a symbol; a plan is data'],
    [{ at: 1n }, 'at: is a bigint; a plan is data'],
    [{ at: Number.NaN }, 'at: NaN is not a finite number'],
    [{ at: [1, Number.POSITIVE_INFINITY] }, 'at[1]: Infinity is not a finite number'],
    [{ [Symbol('x')]: 1 }, ': has a key that is a symbol; a plan is data'],
    // oxlint-disable-next-line no-sparse-arrays -- it is what is tested
    [{ at: [1, , 3] }, 'at[1]: is a hole in a list'],
    [{ at: [1, undefined] }, 'at[1]: is undefined; a plan is data'],
    [JSON.parse('{"a":{"__proto__":{"x":1}}}'), 'a.__proto__: the key "__proto__" is refused'],
    [{ a: { constructor: 1 } }, 'a.constructor: the key "constructor" is refused'],
    [{ a: Object.create({ inherited: 1 }) }, 'a: is an instance of Object; a plan is data'],
    [
      {
        get a() {
          return 1;
        },
      },
      'a: is computed by a getter; a plan is data',
    ],
    [{ a: 'x'.repeat(100_001) }, 'a: is a text of 100001 characters; the limit is 100000'],
    [{ title: 'Swap\u001B[2J' }, 'title: has the control character \\u001b; a terminal would carry it out'],
    [{ list: ['a\u009Bb'] }, 'list[0]: has the control character \\u009b; a terminal would carry it out'],
    [{ 'a\u001Bb': 1 }, '["a\\u001bb"]: the key "a\\u001bb" is refused'],
  ])('refuses %o with its path', (value, message) => {
    expect(refusals(value)).toEqual([message]);
  });

  it('refuses a cycle, a depth and a size that no person writes, in bounded time', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = { cycle };
    expect(refusals(cycle)).toEqual(['self.cycle: refers to an object that contains it']);
    const deep = Array.from({ length: 5_000 }).reduce<unknown>((inner) => ({ a: inner }), 1);
    expect(refusals(deep)).toHaveLength(1);
    expect(refusals({ a: Object.assign([], { length: 4_000_000_000 }) })[0]).toContain(
      'a: has 4000000000 entries',
    );
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, Array(300).fill(0)]));
    expect(refusals(wide)).toHaveLength(1);
  });

  it('reports what throws when it is looked at', () => {
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    expect(refusals(trap)).toEqual([': could not be read: Error: no; a plan is data']);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(refusals({ a: revoked.proxy })).toHaveLength(1);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/index.ts';
import { canonicalDecimal } from './decimal.ts';
import { REPRESENTATIONS } from './difference.ts';
import {
  capture,
  CAPTURE_LIMITS,
  captureThrown,
  compareAnswers,
  compareRules,
  groupId,
  ignoredBy,
  incomparableText,
  NoiseModel,
  noted,
  plain,
  redact,
  rulesBeside,
  stumbleText,
  type CompareOptions,
  type Comparison,
} from './index.ts';
import { isRecord, isSeenObject } from './seen.ts';

/** Like decimal.js, which Prisma brings along with its class names minified. */
class D {
  readonly s: number;
  readonly e: number;
  readonly d: readonly number[];
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
    this.s = text.startsWith('-') ? -1 : 1;
    this.e = 0;
    this.d = [1];
  }
  toFixed(): string {
    return this.#text;
  }
}

class User {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}

function compared(control: unknown, candidate: unknown, options: CompareOptions = {}): Comparison {
  return compareAnswers(capture(control), capture(candidate), compareRules('user.find', options));
}

/** `kind path as`, one a difference; `same`; or why nobody can say. */
function told(control: unknown, candidate: unknown, options?: CompareOptions): readonly string[] {
  const found = compared(control, candidate, options);
  if (typeof found === 'string') return [incomparableText(found)];
  return found.map(({ kind, path, as, isUnpromised }) =>
    [kind, path || '.', as, isUnpromised && 'unpromised'].filter(Boolean).join(' '),
  );
}

/** What a copy of it did not look into, by place. */
function unlooked(value: unknown): readonly string[] {
  const { value: seen } = capture(value);
  if (!isRecord(seen)) return [];
  return [...seen.of].flatMap(([key, field]) =>
    isSeenObject(field) && field.is === 'unseen' ? [`${key}: ${stumbleText(field.of)}`] : [],
  );
}

const row = (id: number, more: object = {}): object => ({ id, ...more });
const at = (text: string): Date => new Date(text);

describe('what is the same', () => {
  const table: readonly (readonly [what: string, control: unknown, candidate: unknown])[] = [
    ['NaN', Number.NaN, Number.NaN],
    ['-0 and 0', { n: -0 }, { n: 0 }],
    ['a class and a plain row', new User(1), { id: 1 }],
    ['a row without prototype', Object.assign(Object.create(null), { id: 1 }), { id: 1 }],
    ['an absent key and undefined', { id: 1 }, { id: 1, note: undefined }],
    ['keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['a Buffer and its bytes', Buffer.from('abc'), new Uint8Array([97, 98, 99])],
    ['decimals of a library', new D('12.50'), new D('12.5')],
    ['times', at('2026-01-01T00:00:00Z'), at('2026-01-01T00:00:00Z')],
    ['invalid times', new Date(Number.NaN), new Date(Number.NaN)],
    [
      'maps in another order',
      new Map([
        [1, 'a'],
        [2, 'b'],
      ]),
      new Map([
        [2, 'b'],
        [1, 'a'],
      ]),
    ],
    ['sets in another order', new Set([1, 2]), new Set([2, 1])],
    ['a boxed value', Object(5), 5],
    ['bigints', { n: 2n ** 70n }, { n: 2n ** 70n }],
    ['addresses', new URL('http://a/b'), new URL('http://a/b')],
    ['vectors', new Float64Array([1, 2.5]), [1, 2.5]],
    ['a hole and undefined', Array(2), [undefined, undefined]],
  ];
  it.each(table)('%s', (_, control, candidate) => {
    expect(told(control, candidate)).toEqual([]);
    expect(told(candidate, control)).toEqual([]);
  });

  it('circles that lead to the same place', () => {
    const ring = (): object => {
      const user: Record<string, unknown> = { id: 1 };
      user['orders'] = [{ id: 7, user }];
      return user;
    };
    expect(told(ring(), ring())).toEqual([]);
    const broken = { id: 1, orders: [{ id: 7, user: { id: 2 } }] };
    expect(told(ring(), broken)).toEqual(['type orders[].user']);
  });
});

describe('what differs, and how', () => {
  const table: readonly (readonly [what: string, control: unknown, candidate: unknown, ...told: string[]])[] =
    [
      ['a value', { a: 1 }, { a: 2 }, 'value a'],
      ['a lost column', { a: 1 }, {}, 'missing a'],
      ['a column too many', {}, { a: 1 }, 'extra a'],
      ['a NULL where a value was', { a: 1 }, { a: null }, 'value a'],
      ['null and undefined', { a: null }, { a: undefined }, 'null-or-absent a nullOrAbsent'],
      ['null and no key', { a: null }, {}, 'null-or-absent a nullOrAbsent'],
      ['nobody found, said in two ways', null, undefined, 'null-or-absent . nullOrAbsent'],
      ['a row that is not there', row(1), null, 'missing .'],
      ['a relation that is not there', { c: row(1) }, { c: null }, 'missing c'],
      ['a number as text', { n: 12.5 }, { n: '12.5' }, 'type n number'],
      ['a decimal as text', { n: new D('12.5') }, { n: '12.50' }, 'type n number'],
      ['a decimal as number', { n: new D('12.5') }, { n: 12.5 }, 'type n number'],
      ['a decimal as another number', { n: new D('12.5') }, { n: 12.6 }, 'value n'],
      ['a bigint as number', { n: 5n }, { n: 5 }, 'type n number'],
      ['a bigint that lost digits', { n: 2n ** 53n + 1n }, { n: 2 ** 53 }, 'precision n digits'],
      ['a scale', { n: '1.50' }, { n: '1.5' }, 'precision n scale'],
      ['a sum in floating point', { n: 0.3 }, { n: 0.1 + 0.2 }, 'precision n digits'],
      ['single precision', { n: 0.1 }, { n: Math.fround(0.1) }, 'precision n digits'],
      ['cents rounded', { n: '12.345' }, { n: '12.35' }, 'precision n'],
      ['cents cut', { n: 12.99 }, { n: 12 }, 'precision n'],
      ['a number of articles', { n: 12 }, { n: 13 }, 'value n'],
      ['NaN and null', { n: Number.NaN }, { n: null }, 'value n'],
      ['NaN and infinity', { n: Number.NaN }, { n: Infinity }, 'value n'],
      ['leading zeros, which no number has', { zip: '01234' }, { zip: '1234' }, 'value zip'],
      ['a time as text', { t: at('2026-01-01T10:00:00Z') }, { t: '2026-01-01 10:00:00+00' }, 'type t time'],
      ['a time as number', { t: at('1970-01-01T00:00:05Z') }, { t: 5_000 }, 'type t time'],
      [
        'a time in another spelling',
        { t: '2026-01-01T11:00:00+01:00' },
        { t: '2026-01-01 10:00:00Z' },
        'type t time',
      ],
      [
        'a time without its milliseconds',
        { t: at('2026-01-01T10:00:00.123Z') },
        { t: at('2026-01-01T10:00:00Z') },
        'precision t timePrecision',
      ],
      [
        'microseconds in a Date',
        { t: '2026-01-01T10:00:00.123456Z' },
        { t: at('2026-01-01T10:00:00.123Z') },
        'precision t timePrecision',
      ],
      ['a lost time zone', { t: at('2026-01-01T10:00:00Z') }, { t: at('2026-01-01T12:00:00Z') }, 'value t'],
      ['a time and no time', { t: at('2026-01-01T10:00:00Z') }, { t: 'soon' }, 'type t'],
      ['JSON as text', { j: { a: [1] } }, { j: '{"a": [1]}' }, 'type j json'],
      ['JSON in another spelling', { j: '{"a":1,"b":2}' }, { j: '{"b":2, "a":1}' }, 'value j json'],
      ['other JSON as text', { j: { a: 1 } }, { j: '{"a":2}' }, 'type j'],
      ['a boolean as number', { b: true }, { b: 1 }, 'type b boolean'],
      ['a boolean as text', { b: false }, { b: 'f' }, 'type b boolean'],
      ['a boolean and another number', { b: false }, { b: 1 }, 'type b'],
      ['an enum in lower case', { s: 'ACTIVE' }, { s: 'active' }, 'value s letterCase'],
      ['bytes', { p: Buffer.from('a') }, { p: Buffer.from('b') }, 'value p'],
      ['bytes as text', { p: Buffer.from('a') }, { p: 'YQ==' }, 'type p'],
      [
        'a nested relation',
        [row(1, { lines: [row(7, { price: 1 })] })],
        [row(1, { lines: [row(7, { price: 2 })] })],
        'value [].lines[].price',
      ],
      ['a map by id', new Map([[5, { a: 1 }]]), new Map([[5, { a: 2 }]]), 'value *.a'],
      ['a list and a record', [], {}, 'type .'],
      ['a set and a list', new Set([1]), [1], 'type .'],
      ['a row that is lost', [row(1), row(2)], [row(2)], 'missing []'],
      ['a row too many', [row(1)], [row(1), row(1)], 'extra []'],
      [
        'an array in a column, whose order is data',
        { tags: ['a', 'b'] },
        { tags: ['b', 'a'] },
        'value tags[]',
        'value tags[]',
      ],
    ];
  it.each(table)('%s', (_, control, candidate, ...expected) => {
    expect(told(control, candidate)).toEqual(expected);
  });

  it('each representation can be taken for the same, and then nothing else is', () => {
    const named = table.flatMap(([what, control, candidate, ...expected]) =>
      REPRESENTATIONS.filter((name) => expected.some((text) => text.endsWith(` ${name}`))).map(
        (name) => [what, name, control, candidate] as const,
      ),
    );
    expect(new Set(named.map(([, name]) => name)).size).toBe(REPRESENTATIONS.length - 1);
    for (const [what, name, control, candidate] of named) {
      expect({ what, told: told(control, candidate, { same: [name] }) }).toEqual({ what, told: [] });
      const others = REPRESENTATIONS.filter((one) => one !== name);
      expect(told(control, candidate, { same: others })).not.toEqual([]);
    }
    expect(told({ j: { a: 1 } }, { j: '{"a":2}' }, { same: ['json'] })).toEqual(['value j.a']);
  });

  const said: readonly (readonly [control: unknown, candidate: unknown, note: string | undefined])[] = [
    [at('2026-01-01T10:00:00Z'), at('2026-01-01T12:00:00Z'), 'apart by +02:00, as if a time zone were lost'],
    [
      at('2026-01-01T10:00:00Z'),
      '2026-01-01 04:15:00Z',
      'time and text; apart by -05:45, as if a time zone were lost',
    ],
    ['Maria Müller', 'Maria M', 'one is the beginning of the other'],
    ['Ana', 'Ana  ', 'white space at the end'],
    ['ACTIVE', 'active', 'other letter case'],
    [12.5, '12.50', 'the same number as number and text'],
    ['1.50', '1.5', 'the same number with another scale'],
    [0.1, Math.fround(0.1), 'digits lost'],
    [12.99, '13', 'digits lost between number and text'],
    [at('2026-01-01T10:00:00Z'), '2026-01-01T10:00:00Z', 'the same time as time and text'],
    ['2026-01-01T11:00:00+01', '2026-01-01T10:00:00Z', 'the same time in another spelling'],
    [
      '2026-01-01T10:00:00.123456Z',
      at('2026-01-01T10:00:00.123Z'),
      'digits below the second lost between text and time',
    ],
    [{ a: 1 }, '{"a":1}', 'the same JSON in another form'],
    [true, 1, 'boolean and number'],
    [new Set([1]), [1], 'set and list'],
    [at('2026-01-01T10:00:00Z'), at('2026-01-02T10:00:05Z'), 'apart by 24h'],
    [at('2026-01-01T10:00:00Z'), new Date(Number.NaN), 'one is no time'],
    [1, 2, undefined],
  ];
  it.each(said)('says what a person would want to know: %o and %o', (control, candidate, note) => {
    const found = compared({ a: control }, { a: candidate });
    const [difference] = typeof found === 'string' ? [] : found;
    const spelled = noted({ kind: '', ...difference });
    expect(spelled.note).toBe(note);
    // Whoever reads what another one has spelled out reads the same.
    expect(noted(spelled)).toEqual(spelled);
  });

  it('failures: one side alone, and both in other ways', () => {
    const rules = compareRules('user.find', {});
    const [missing, other] = [captureThrown(new RangeError('no user')), captureThrown(new Error('no user'))];
    expect(compareAnswers(missing, capture(null), rules)).toMatchObject([{ kind: 'error-or-value' }]);
    expect(compareAnswers(missing, missing, rules)).toEqual([]);
    expect(compareAnswers(missing, other, rules)).toMatchObject([
      { kind: 'value', as: 'errorClass', path: '(error)' },
    ]);
    expect(compareAnswers(missing, other, compareRules('x', { same: ['errorClass'] }))).toEqual([]);
  });
});

describe('the order of rows', () => {
  const rows = [row(1, { at: 1 }), row(2, { at: 1 }), row(3, { at: 2 })];
  const swapped = [rows[1], rows[0], rows[2]];

  it('counts only where the operation promises it', () => {
    expect(told(rows, swapped)).toEqual(['order . unpromised']);
    expect(told(rows, swapped, { ordered: true })).toEqual(['order .']);
    expect(told([1, 2], [2, 1])).toEqual(['order . unpromised']);
  });

  it('promised by columns lets rows that tie swap, and no others', () => {
    expect(told(rows, swapped, { ordered: ['at'] })).toEqual(['order . unpromised']);
    expect(told(rows, [rows[2], rows[0], rows[1]], { ordered: ['at'] })).toEqual(['order .']);
  });

  it('is not confused with a change in a row', () => {
    const changed = [row(3, { at: 2 }), row(1, { at: 9 }), row(2, { at: 1 })];
    expect(told(rows, changed, { ordered: true })).toEqual(['value [].at', 'order .']);
    const keyless = [
      { name: 'a', n: 1 },
      { name: 'b', n: 2 },
    ];
    expect(
      told(keyless, [
        { name: 'b', n: 2 },
        { name: 'a', n: 9 },
      ]),
    ).toEqual(['value [].n', 'order . unpromised']);
    expect(
      told(
        keyless,
        [
          { name: 'b', n: 3 },
          { name: 'a', n: 1 },
        ],
        { key: ['name'] },
      ),
    ).toEqual(['value [].n', 'order . unpromised']);
  });

  it('is found among rows whose ids became texts', () => {
    expect(told([row(1), row(2)], [{ id: '2' }, { id: '1' }], { same: ['number'] })).toEqual([
      'order . unpromised',
    ]);
  });

  it('never matters to a property: a shuffled list differs in order alone', () => {
    const lists = fc.uniqueArray(fc.record({ id: fc.integer(), name: fc.string() }), {
      selector: ({ id }) => id,
      maxLength: 20,
    });
    fc.assert(
      fc.property(lists, fc.integer(), fc.boolean(), (list, seed, ordered) => {
        const random = seededRandom(seed);
        const shuffled = list.map((one) => ({ one, at: random() })).toSorted((a, b) => a.at - b.at);
        const moved = shuffled.some(({ one }, index) => one.id !== list[index]?.id);
        const found = told(
          list,
          shuffled.map(({ one }) => ({ ...one })),
          { ordered },
        );
        expect(found).toEqual(moved ? [ordered ? 'order .' : 'order . unpromised'] : []);
      }),
    );
  });
});

/** Values as a database's driver gives them, nested. */
const values = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
  maxDepth: 4,
});

describe('a copy of an answer', () => {
  it('is the same as another copy of it, whatever it is', () => {
    fc.assert(
      fc.property(values, (value) => {
        const named = told(value, value, { ordered: true });
        expect(named.filter((text) => text !== 'the answer: a map with keys of type object')).toEqual([]);
      }),
    );
  });

  it('is compared alike from both sides', () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        const [there, back] = [
          compared(one, other, { ordered: true }),
          compared(other, one, { ordered: true }),
        ];
        expect([typeof there, there.length > 0]).toEqual([typeof back, back.length > 0]);
      }),
    );
  });

  it('does not change when the answer does', () => {
    const lines = [{ price: 1 }];
    const answer = {
      when: at('2026-01-01T00:00:00Z'),
      bytes: Buffer.from('abc'),
      lines,
      map: new Map([['a', 1]]),
    };
    const before = capture(answer);
    answer.when.setFullYear(1999);
    answer.bytes[0] = 0;
    answer.map.set('a', 2);
    Object.assign(lines[0] ?? {}, { price: 99 });
    lines.push({ price: 2 });
    const fresh = {
      when: at('2026-01-01T00:00:00Z'),
      bytes: Buffer.from('abc'),
      lines: [{ price: 1 }],
      map: new Map([['a', 1]]),
    };
    expect(compareAnswers(before, capture(fresh), compareRules('x', {}))).toEqual([]);
  });

  describe('that is exact', () => {
    const exact = (value: unknown): unknown => {
      const copy = capture(value, CAPTURE_LIMITS, true);
      return copy.kind === 'too large' ? `refused: ${stumbleText(copy.limit)}` : plain(copy.value);
    };

    it('is the same again of plain data, and shares nothing that changes', () => {
      const data = fc.anything({ withBigInt: true, withDate: true, withSet: true, maxDepth: 4 });
      fc.assert(
        fc.property(data, (value) => {
          expect(exact(value)).toEqual(value);
        }),
      );
      const decimal = new D('12.50');
      const given = { id: Buffer.from('abc'), when: at('2026-01-01'), tags: ['a'], total: decimal };
      const copy = exact(given) as typeof given;
      expect(copy).toEqual(given);
      expect(Buffer.isBuffer(copy.id)).toBe(true);
      expect(copy.total).toBe(decimal);
      copy.id[0] = 0;
      copy.when.setFullYear(1999);
      copy.tags.push('b');
      expect(given).toEqual({ id: Buffer.from('abc'), when: at('2026-01-01'), tags: ['a'], total: decimal });
    });

    const ring: Record<string, unknown> = {};
    ring['self'] = ring;
    it.each([
      ['an instance of a class', new User(1)],
      ['an instance of a class', new URL('http://a/b')],
      ['an instance of a class', /a/],
      ['an instance of a class', new Map([[1, 2]])],
      ['an instance of a class', new Float64Array([1])],
      ['an instance of a class', Object(5)],
      ['an instance of a class', new Error('no')],
      ['an instance of a class', Promise.resolve(1)],
      ['a function', () => 1],
      ['a symbol', Symbol('a')],
      ['a symbol', { [Symbol('or')]: [1] }],
      ['the value 1 above it', ring],
      [
        'a getter',
        {
          get a(): number {
            return 1;
          },
        },
      ],
      ['more than 32 levels', JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`)],
    ])('is none of %s: that would be something else', (why, value) => {
      expect(exact({ where: [value] })).toBe(`refused: ${why}`);
    });
  });

  it('is bounded, and says by what', () => {
    const huge = Array.from({ length: 20_000 }, (_, id) => row(id));
    expect(told(huge, huge)).toEqual(['the answer: more than 10000 values']);
    expect(told(huge, huge.slice(1))).toEqual(['missing []']);
    expect(told(huge, [row(1)])).toEqual(['missing []']);
    expect(told('x'.repeat(2_000_000), 'x')).toEqual(['the answer: more than 1048576 characters']);
    let deep: object = {};
    for (let n = 0; n < 100; n += 1) deep = { deep };
    expect(told(deep, deep)).toEqual(['the answer: more than 32 levels']);
    const endless: ProxyHandler<object> = {
      get: (_, key) => (typeof key === 'string' && key.length === 1 ? new Proxy({}, endless) : undefined),
      ownKeys: () => ['a', 'b'],
      getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, writable: true }),
    };
    expect(told(new Proxy({}, endless), {})).toEqual(['the answer: more than 32 levels']);
  });

  it('names what it cannot look into, consumes nothing and calls no getter', () => {
    let touched = 0;
    async function* stream(): AsyncGenerator<number> {
      touched += 1;
      yield 1;
    }
    const lazy = Object.defineProperty({}, 'orders', {
      enumerable: true,
      get: () => {
        touched += 1;
        throw new Error('a query');
      },
    });
    class Hidden {
      readonly #secret = 1;
      get secret(): number {
        return this.#secret;
      }
    }
    const trapped = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap');
        },
      },
    );
    expect(told(stream(), stream())).toEqual(['the answer: an iterator']);
    expect(told([1], stream())).toEqual(['type .']);
    expect(told(new ReadableStream(), new ReadableStream())).toEqual(['the answer: a stream']);
    expect(unlooked({ next: Promise.resolve(1) })).toEqual(['next: a promise']);
    expect(unlooked(lazy)).toEqual(['orders: a getter']);
    expect(told(lazy, lazy)).toEqual([]);
    expect(told(lazy, { orders: [] })).toEqual(['type orders']);
    expect(told(new Hidden(), new Hidden())).toEqual(['the answer: an object that hides what it holds']);
    expect(told(trapped, trapped)).toEqual(['the answer: something that throws when it is read']);
    expect(unlooked({ f: () => 1 })).toEqual(['f: a function']);
    expect(told({ f: () => 1 }, { f: () => 2 })).toEqual([]);
    expect(told(new Map([[{}, 1]]), new Map([[{}, 1]]))).toEqual([
      'the answer: a map with keys of type object',
    ]);
    expect(touched).toBe(0);
  });
});

describe('decimals', () => {
  it('have one text, whatever their spelling', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(12), fc.nat(4), (whole, scale, zeros) => {
        const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0');
        const sign = whole < 0n ? '-' : '';
        const at = digits.length - scale;
        const point = scale + zeros > 0 ? '.' : '';
        const text = `${sign}${digits.slice(0, at)}${point}${digits.slice(at)}${'0'.repeat(zeros)}`;
        expect(canonicalDecimal(text)).toBe(canonicalDecimal(`${whole}e-${scale}`));
      }),
    );
    for (const text of ['', '01', '1.', '.5', ' 1', '1 ', '0x1', '1e', 'NaN', '+1'])
      expect(canonicalDecimal(text)).toBeUndefined();
    expect(canonicalDecimal('-0.00')).toBe('0');
  });
});

describe('an application that compares for itself', () => {
  it('is given copies of its own', () => {
    const answer = { at: at('2026-01-01T00:00:00Z'), tags: new Set(['a']) };
    const compare = (control: unknown, candidate: unknown): boolean => {
      Object.assign(control as object, { at: null });
      return Object(candidate).tags.has('a');
    };
    expect(told(answer, { tags: new Set(['a']) }, { compare })).toEqual([]);
    expect(told(answer, { tags: new Set(['b']) }, { compare })).toEqual(['value .']);
    expect(answer.at).toBeInstanceOf(Date);
  });
});

describe('ignore rules', () => {
  const rule = { owner: 'ana', reason: 'seconds only', expires: '2026-12-31' };
  const now = Date.parse('2026-06-01');
  const isIgnored = (path: string, at: string, kind: 'value' | 'precision' = 'value', when = now): boolean =>
    ignoredBy(compareRules('x', { ignore: [{ ...rule, path, kind: 'value' }] }), { path: at, kind }, when) !==
    undefined;

  it('match places', () => {
    expect(isIgnored('[].total', '[].total')).toBe(true);
    expect(isIgnored('[].total', '[].totals')).toBe(false);
    expect(isIgnored('[].total', '[].total', 'precision')).toBe(false);
    expect(isIgnored('*.total', 'order.total')).toBe(true);
    expect(isIgnored('*.total', 'order.line.total')).toBe(false);
    expect(isIgnored('order.**', 'order.line[].total')).toBe(true);
    expect(isIgnored('', '')).toBe(true);
  });

  it('hold until the end of their last day', () => {
    expect(isIgnored('a', 'a', 'value', Date.parse('2026-12-31T23:59:59Z'))).toBe(true);
    expect(isIgnored('a', 'a', 'value', Date.parse('2027-01-01T00:00:00Z'))).toBe(false);
  });

  it('that name the place and do not cover it say why', () => {
    const beside = (kind: 'value' | 'precision', when = now, path = 'a'): readonly string[] =>
      rulesBeside(
        compareRules('x', { ignore: [{ ...rule, path: 'a', kind: 'value' }] }),
        { path, kind },
        when,
      );
    expect(beside('value')).toEqual([]);
    expect(beside('precision')).toEqual(['"a" of ana is for value alone']);
    expect(beside('value', Date.parse('2027-01-01'))).toEqual(['"a" of ana expired on 2026-12-31']);
    expect(beside('precision', now, 'b')).toEqual([]);
  });

  it('without owner, reason or day are refused, as is a representation that there is not', () => {
    const refused = (options: object): string => {
      try {
        compareRules('user.find', options);
      } catch (error) {
        return `${Object(error).code} ${Object(error).message} (${Object(error).hint})`;
      }
      return 'accepted';
    };
    for (const part of ['owner', 'reason', 'expires', 'path'])
      expect(refused({ ignore: [{ ...rule, path: 'a', [part]: undefined }] })).toContain(`has no ${part}`);
    expect(refused({ ignore: [{ ...rule, path: 'a', expires: 'soon' }] })).toContain(
      '"soon", which is no day',
    );
    expect(refused({ same: ['numbr'] })).toBe(
      `COMPARE_INVALID user.find: same has "numbr" (known: ${REPRESENTATIONS.join(', ')})`,
    );
  });
});

describe('noise', () => {
  const differences = (control: object, candidate: object): ReturnType<typeof asDifferences> =>
    asDifferences(compared(control, candidate));
  function asDifferences(found: Comparison) {
    return typeof found === 'string' ? [] : found;
  }
  const token = { path: 'token', kind: 'value' } as const;

  it('is where control differs from itself, of that kind', () => {
    const model = new NoiseModel();
    expect(model.rate(token)).toBeUndefined();
    for (let n = 0; n < 20; n += 1) {
      model.compared(differences({ token: n }, { token: -n - 1 }));
      if (n % 10 === 0) model.doubled(differences({ token: n }, { token: n + 100 }));
    }
    expect(model.rate(token)).toBe(1);
    expect(model.isNoise(token)).toBe(true);
    expect(model.isNoise({ path: 'token', kind: 'type' })).toBe(false);
    expect(model.isNoise({ path: 'total', kind: 'value' })).toBe(false);
  });

  it('that is rare does not hide a candidate that is always wrong', () => {
    const model = new NoiseModel();
    for (let n = 0; n < 200; n += 1) model.doubled(n === 0 ? differences({ token: 1 }, { token: 2 }) : []);
    for (let n = 0; n < 200; n += 1)
      model.compared(n % 100 === 0 ? differences({ token: 1 }, { token: 2 }) : []);
    expect(model.isNoise(token)).toBe(true);
    for (let n = 0; n < 50; n += 1) model.compared(differences({ token: 1 }, { token: 2 }));
    expect(model.isNoise(token)).toBe(false);
  });

  it('is kept for a bounded number of places', () => {
    const model = new NoiseModel();
    for (let n = 0; n < 2_000; n += 1) model.doubled(differences({ [`a${n}`]: 1 }, { [`a${n}`]: 2 }));
    expect(model.isNoise({ path: 'a1', kind: 'value' })).toBe(true);
    expect(model.isNoise({ path: 'a1999', kind: 'value' })).toBe(false);
  });
});

describe('a sample', () => {
  const shown = (value: unknown, path = 'note', options = {}): string => {
    const seen = capture(value);
    return seen.kind === 'returned' ? redact(seen.value, path, options) : seen.kind;
  };

  it('shows numbers, times and truth, and only describes texts', () => {
    expect(shown({ total: 12.5, text: 'Rue de Rivoli', at: at('2026-01-01T00:00:00Z'), on: true })).toBe(
      '{ total: 12.5, text: ‹text of 13›, at: Date 2026-01-01T00:00:00.000Z, on: true }',
    );
    expect([shown('12.50'), shown('2026-01-01'), shown(null), shown(5n), shown(new D('1.5'))]).toEqual([
      '"12.50"',
      '"2026-01-01"',
      'null',
      '5n',
      'Decimal 1.5',
    ]);
  });

  it('hides what a name says is personal, in any type, and whatever it is told to', () => {
    expect(shown(33_123_456, '[].phoneNumber')).toBe('‹number›');
    expect(shown({ password: '1234', email: null, cardNo: 4n })).toBe(
      '{ password: ‹text of 4›, email: null, cardNo: ‹bigint› }',
    );
    expect(shown(at('1990-01-01'), 'birthDay')).toBe('‹time›');
    expect(shown(12, '[].total', { hide: ['[].total'] })).toBe('‹number›');
    expect(shown('paid', '[].status', { show: ['[].status'] })).toBe('"paid"');
    expect(shown('4111111111111111')).toBe('‹text of 16›');
    expect(shown(new Error('no user ana@example.com'))).toBe('‹Error›');
  });

  it('never lets a text through', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: fc.constantFrom('q', 'w', 'ü', 'Ж') }), (text) => {
        expect(shown({ a: [text], b: { c: text }, d: new Map([['k', text]]) })).not.toContain(text);
      }),
    );
  });
});

describe('a group', () => {
  it('is one kind at one place of one operation', () => {
    const id = (path: string, operation = 'find'): string =>
      groupId('user', operation, { kind: 'value', path });
    expect(id('[].a')).toMatch(/^[0-9a-f]{8}$/);
    expect(
      new Set([id('[].a'), id('[].b'), id('[].a', 'list'), groupId('u', 'f', { kind: 'type', path: '[].a' })])
        .size,
    ).toBe(4);
    expect(id('[].a')).toBe(id('[].a'));
  });
});

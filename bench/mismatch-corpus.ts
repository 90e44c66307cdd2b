import type { CompareOptions } from '../src/compare/index.ts';
import { murmur3, seededRandom, type Random } from '../src/kernel/index.ts';

/** One call, answered three times: by control, by control again, by the candidate. */
export type Call = {
  readonly control: unknown;
  readonly again: unknown;
  readonly candidate: unknown;
  /** The candidate's answer is wrong: a caller could notice. */
  readonly isBug: boolean;
};

export type Scenario = {
  readonly name: string;
  /** What the team declares about the operation. */
  readonly options: CompareOptions;
  readonly calls: readonly Call[];
};

type Row = { readonly id: number } & Readonly<Record<string, unknown>>;
type World = { readonly random: Random; readonly id: number };
type Answers = Omit<Call, 'isBug'> & { readonly isBug?: boolean };

const CALLS = 200;

function int(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** A bicycle shop's order as an ORM gives it. */
function order({ random, id }: World): Row {
  const cents = int(random, 100_000) * 10;
  return {
    id,
    number: `B-${id}`,
    status: random() < 0.5 ? 'OPEN' : 'PAID',
    total: cents / 100,
    tax: `${Math.floor(cents / 500)}.${int(random, 10)}0`,
    createdAt: new Date(1_760_000_000_000 + id * 86_400_000 + int(random, 86_400_000)),
    note: random() < 0.3 ? null : `note ${int(random, 9)}`,
    paid: random() < 0.5,
    meta: { source: 'web', tags: ['a', 'b'] },
    stamp: new Uint8Array([id % 256, 7]),
    customer: random() < 0.2 ? null : { id: int(random, 50), name: `c${int(random, 50)}` },
    lines: Array.from({ length: 1 + int(random, 3) }, (_, at) => ({
      id: id * 10 + at,
      price: int(random, 500),
    })),
  };
}

function orders(world: World): readonly Row[] {
  return Array.from({ length: 3 + int(world.random, 5) }, (_, at) =>
    order({ ...world, id: world.id * 20 + at }),
  );
}

/** Rows like a driver's: of a class of their own, without a prototype, with keys in another order. */
function otherwiseMade(row: Row): object {
  return Object.assign(Object.create(null) as object, Object.fromEntries(Object.entries(row).toReversed()));
}

function reversed<T>(list: readonly T[]): readonly T[] {
  return list.toReversed();
}

function scenario(name: string, options: CompareOptions, answer: (world: World) => Answers): Scenario {
  const random = seededRandom(murmur3(name));
  const calls = Array.from({ length: CALLS }, (_, id) => ({
    isBug: false,
    ...answer({ random, id: id + 1 }),
  }));
  return { name, options, calls };
}

/** What a wrong candidate makes of a row; whoever gets the same value back met no bug in this call. */
function bug(
  name: string,
  change: (row: Row, random: Random) => unknown,
  isMet: (row: Row) => boolean = () => true,
): Scenario {
  return scenario(name, {}, (world) => {
    const row = order(world);
    return { control: row, again: { ...row }, candidate: change(row, world.random), isBug: isMet(row) };
  });
}

function listBug(
  name: string,
  options: CompareOptions,
  change: (rows: readonly Row[]) => readonly Row[],
  isMet: (rows: readonly Row[]) => boolean,
): Scenario {
  return scenario(name, options, (world) => {
    const rows = orders(world);
    return { control: rows, again: [...rows], candidate: change(rows), isBug: isMet(rows) };
  });
}

/** What an exchange of ORMs brings in, and what looks like it and is none. The same for every run. */
export function corpus(): readonly Scenario[] {
  return [...BUGS(), ...HARMLESS(), ...NOISY()];
}

const BUGS = (): readonly Scenario[] => [
  bug('decimal as text', (row) => ({ ...row, total: String(row['total']) })),
  bug(
    'decimal in single precision',
    (row) => ({ ...row, total: Math.fround(Number(row['total'])) }),
    (row) => Math.fround(Number(row['total'])) !== row['total'],
  ),
  bug(
    'cents cut off',
    (row) => ({ ...row, total: Math.trunc(Number(row['total'])) }),
    (row) => !Number.isInteger(row['total']),
  ),
  bug('scale lost', (row) => ({ ...row, tax: String(Number(row['tax'])) })),
  bug('time zone lost', (row) => ({ ...row, createdAt: new Date(Number(row['createdAt']) + 7_200_000) })),
  bug('time as text', (row) => ({ ...row, createdAt: (row['createdAt'] as Date).toISOString() })),
  bug(
    'milliseconds lost',
    (row) => ({ ...row, createdAt: new Date(Math.floor(Number(row['createdAt']) / 1_000) * 1_000) }),
    (row) => Number(row['createdAt']) % 1_000 !== 0,
  ),
  bug(
    'undefined instead of null',
    (row) => ({ ...row, note: row['note'] ?? undefined }),
    (row) => row['note'] === null,
  ),
  bug(
    'empty text instead of null',
    (row) => ({ ...row, note: row['note'] ?? '' }),
    (row) => row['note'] === null,
  ),
  bug('boolean as number', (row) => ({ ...row, paid: Number(row['paid']) })),
  bug('JSON as text', (row) => ({ ...row, meta: JSON.stringify(row['meta']) })),
  bug('enum in its database name', (row) => ({ ...row, status: String(row['status']).toLowerCase() })),
  bug('id as text', (row) => ({ ...row, id: String(row['id']) })),
  bug('bytes as text', (row) => ({ ...row, stamp: '\\x0107' })),
  bug(
    'left join turned inner, one row',
    (row) => (row['customer'] === null ? null : row),
    (row) => row['customer'] === null,
  ),
  bug('relation not loaded', ({ customer: _customer, ...row }) => row),
  bug('column forgotten', ({ tax: _tax, ...row }) => row),
  bug(
    'rare wrong value',
    (row) => (Number(row['id']) % 40 === 0 ? { ...row, total: -1 } : row),
    (row) => Number(row['id']) % 40 === 0,
  ),
  listBug(
    'left join turned inner',
    {},
    (rows) => rows.filter(({ customer }) => customer !== null),
    (rows) => rows.some(({ customer }) => customer === null),
  ),
  listBug(
    'limit before the join',
    {},
    (rows) => rows.slice(0, 3),
    (rows) => rows.length > 3,
  ),
  listBug(
    'row for each line of a join',
    {},
    (rows) => rows.flatMap((row) => (row['lines'] as readonly unknown[]).map(() => row)),
    (rows) => rows.some(({ lines }) => (lines as readonly unknown[]).length > 1),
  ),
  listBug('order missing', { ordered: ['id'] }, reversed, (rows) => rows.length > 1),
  listBug(
    'price of one line wrong',
    {},
    (rows) =>
      rows.map((row) => ({
        ...row,
        lines: (row['lines'] as readonly Row[]).map((line, at) => (at === 0 ? { ...line, price: -1 } : line)),
      })),
    () => true,
  ),
];

const HARMLESS = (): readonly Scenario[] => [
  scenario('rows of another class', {}, (world) => {
    const row = order(world);
    return { control: row, again: row, candidate: otherwiseMade(row) };
  }),
  scenario('order that nobody promised', {}, (world) => {
    const rows = orders(world);
    return { control: rows, again: rows, candidate: reversed(rows) };
  }),
  scenario('relation in another order', {}, (world) => {
    const row = order(world);
    return {
      control: row,
      again: row,
      candidate: { ...row, lines: reversed(row['lines'] as readonly Row[]) },
    };
  }),
  scenario('rows that tie', { ordered: ['size'] }, (world) => {
    const rows = orders(world).map((row, at) => ({ ...row, size: Math.floor(at / 2) }));
    return { control: rows, again: rows, candidate: rows.toSorted((a, b) => a.size - b.size || b.id - a.id) };
  }),
  scenario('Buffer and Uint8Array', {}, (world) => {
    const row = order(world);
    return {
      control: { ...row, stamp: Buffer.from(row['stamp'] as Uint8Array) },
      again: row,
      candidate: row,
    };
  }),
  scenario('absent and undefined', {}, (world) => {
    const row = order(world);
    return { control: { ...row, deletedAt: undefined }, again: row, candidate: row };
  }),
  scenario('NaN and -0', {}, (world) => {
    const row = order(world);
    return {
      control: { ...row, a: Number.NaN, b: -0 },
      again: row,
      candidate: { ...row, a: Number.NaN, b: 0 },
    };
  }),
  scenario('text that the team takes for a number', { same: ['number'] }, (world) => {
    const row = order(world);
    return { control: row, again: row, candidate: { ...row, total: String(row['total']) } };
  }),
];

const NOISY = (): readonly Scenario[] => [
  scenario('time of the question', {}, (world) => {
    const row = order(world);
    const asked = (): Row => ({ ...row, askedAt: new Date(1_770_000_000_000 + world.random() * 1e9) });
    return { control: asked(), again: asked(), candidate: asked() };
  }),
  scenario('token of the answer', {}, (world) => {
    const row = order(world);
    const marked = (): Row => ({ ...row, token: `t${int(world.random, 1e9)}` });
    return { control: marked(), again: marked(), candidate: marked() };
  }),
  scenario('recommendations drawn by lot', {}, (world) => {
    const row = order(world);
    const drawn = (): Row => ({ ...row, next: Array.from({ length: 3 }, () => int(world.random, 1_000)) });
    return { control: drawn(), again: drawn(), candidate: drawn() };
  }),
  scenario('token, and a total that is wrong', {}, (world) => {
    const row = order(world);
    const marked = (): Row => ({ ...row, token: `t${int(world.random, 1e9)}` });
    return { control: marked(), again: marked(), candidate: { ...marked(), total: -1 }, isBug: true };
  }),
  scenario('stock that moves, and a candidate that never sees it', {}, (world) => {
    const row = order(world);
    const stock = (): Row => ({ ...row, stock: world.random() < 0.03 ? 9 : 10 });
    return { control: stock(), again: stock(), candidate: { ...row, stock: 0 }, isBug: true };
  }),
];

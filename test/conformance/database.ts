import { describe, expect, it } from 'vitest';
import { askSql, readDatabase } from '../../src/deploy/index.ts';
import type { Database, SqlStep } from '../../src/plan/index.ts';

/** A database of one engine with the table `payments`: 4 rows, ids 1 to 4, `state` 'paid' but for the last, 'failed'. */
export type Engine = {
  readonly database: Database;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A statement that runs for longer than any test waits. */
  readonly endless: string;
  /** A statement that writes. */
  readonly write: string;
};

/** What a database of a plan does, whatever it is. */
export function databaseSuite(engine: () => Engine): void {
  const read = (
    query: string,
    { most = 10, timeoutMs = 20_000, signal = new AbortController().signal } = {},
  ) => readDatabase('shop', engine().database, engine(), { query, most, timeoutMs, signal });
  const ask = (query: string, expected: SqlStep['expect'], timeoutMs = 20_000) =>
    askSql({ ...STEP, query, expect: expected, timeoutMs }, engine().database, {
      ...engine(),
      signal: new AbortController().signal,
    });

  describe('reading', () => {
    it('gives columns and rows, and says when there are more than were asked for', async () => {
      expect(await read('select id, state from payments order by id', { most: 2 })).toEqual({
        columns: ['id', 'state'],
        rows: [
          [1, 'paid'],
          [2, 'paid'],
        ],
        isMore: true,
      });
      expect(await read('select id from payments where id > 3', { most: 1 })).toMatchObject({
        isMore: false,
      });
      expect(await read('select id from payments where id > 9')).toMatchObject({ rows: [] });
    });

    it.each([
      ['count(*)', 4],
      ["count(*) filter (where state = 'failed')", 1],
      ['sum(cents) / 100.0', 12.34],
      ['exists (select 1 from payments)', 1],
      ['max(id) > 9', 0],
      ['null', null],
      ['9007199254740993 + count(*) * 0', '9007199254740993'],
      ["max(state) || ''", 'paid'],
    ])('%s is %j', async (expression, value) => {
      expect((await read(`select ${expression} from payments limit 1`)).rows).toEqual([[value]]);
    });

    it('keeps a column that is there twice', async () => {
      expect((await read('select 1 as n, 2 as n')).rows).toEqual([[1, 2]]);
    });

    it('never writes, and takes one statement', async () => {
      await expect(read(engine().write)).rejects.toMatchObject({ code: 'DATABASE_QUERY' });
      await read(`select 1; ${engine().write}`).catch(() => {});
      await read(`commit; ${engine().write}`).catch(() => {});
      expect((await read('select count(*) from payments')).rows).toEqual([[4]]);
    });

    it('says what the database says of a wrong statement', async () => {
      await expect(read('select nothing from payments')).rejects.toMatchObject({
        code: 'DATABASE_QUERY',
        message: expect.stringMatching(/database "shop".*nothing/),
      });
    });

    it('ends what takes too long, and what is stopped', async () => {
      await expect(read(engine().endless, { timeoutMs: 500 })).rejects.toMatchObject({
        code: 'DATABASE_QUERY',
        message: expect.stringMatching(/within 500ms|statement timeout/),
      });
      const stop = new AbortController();
      const reading = read(engine().endless, { signal: stop.signal });
      stop.abort(new Error('it is due no longer'));
      await expect(reading).rejects.toThrow(/it is due no longer/);
    });

    it('takes no more of a big answer than was asked for', async () => {
      const many = 'select a.id from payments a, payments b, payments c, payments d, payments e';
      expect((await read(many, { most: 3 })).rows).toHaveLength(3);
    });

    it('answers many at once', async () => {
      const all = await Promise.all(Array.from({ length: 6 }, () => read('select count(*) from payments')));
      expect(all.map(({ rows }) => rows[0]?.[0])).toEqual([4, 4, 4, 4, 4, 4]);
    });
  });

  describe('a step', () => {
    it('compares the first column of the first row', async () => {
      expect(await ask('select count(*), 7 from payments', 4)).toEqual({
        ok: true,
        output: 'shop: "4", expected "4"',
      });
      expect(await ask('select state from payments order by id desc', 'failed')).toMatchObject({ ok: true });
      expect(await ask('select id from payments where id = 9', null)).toMatchObject({ ok: true });
      expect(await ask('select 9007199254740993', '9007199254740993')).toMatchObject({ ok: true });
      expect(await ask('select count(*) from payments', '4')).toMatchObject({ ok: false });
      expect(await ask('select count(*) from payments', 5)).toEqual({
        ok: false,
        output: 'shop: "4", expected "5"',
      });
    });

    it('fails with a code where nothing could be asked', async () => {
      expect(await ask('select * from nowhere', 0)).toMatchObject({
        ok: false,
        output: expect.stringMatching(/^DATABASE_QUERY: database "shop".*nowhere/),
      });
    });
  });
}

const STEP: SqlStep = {
  kind: 'sql',
  id: 'sql-1',
  title: 'sql-1',
  expectedMs: null,
  timeoutMs: 20_000,
  idempotent: true,
  onFailure: 'pause',
  database: 'shop',
  query: '',
  expect: null,
};

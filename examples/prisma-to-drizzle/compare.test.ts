import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, whyNoPostgres, type Postgres } from '../../tools/postgres/server.ts';
import { BUGS, type Bug } from './app/bugs.ts';
import { createShop, openPool } from './app/database.ts';
import { READS } from './app/reads.ts';
import type { Repositories } from './app/types.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;
const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

type Report = {
  readonly isClean: boolean;
  readonly isWhole: boolean;
  readonly notCompared: readonly string[];
  readonly operations: readonly {
    readonly operation: string;
    readonly calls: number;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly groups: readonly { readonly kind: string; readonly path: string }[];
  }[];
};

describe.skipIf(missing !== null)(
  `comparing everything in the bike shop${missing === null ? '' : `: ${missing}`}`,
  () => {
    let postgres: Postgres;
    let url: string;
    let folder: string;
    beforeAll(async () => {
      postgres = await startPostgres();
      url = await postgres.createDatabase('shop');
      await createShop(url);
      folder = await mkdtemp(join(tmpdir(), 'cutover-compare-shop-'));
    });
    afterAll(async () => {
      await postgres?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    /** As a team would run it, with a bug in the candidate or none. */
    function compare(
      repository: string,
      bug?: Bug,
      options: readonly string[] = ['--rate', '5000'],
      heard: (text: string) => void = () => {},
    ): Promise<Report & { readonly code: number | null }> {
      const args = [MAIN, 'compare', repository, '--all', '--json', ...options];
      const more = ['--checkpoint', join(folder, `${repository}.json`), '--restart'];
      const env = { ...process.env, DATABASE_URL: url, PLANTED_BUG: bug ?? '' };
      return new Promise((resolve, reject) => {
        const child = execFile(
          process.execPath,
          [...args, ...more],
          { cwd: import.meta.dirname, env, maxBuffer: 10_000_000 },
          (_, stdout, stderr) => {
            if (stdout === '') reject(new Error(stderr));
            else resolve({ ...(JSON.parse(stdout) as Report), code: child.exitCode });
          },
        );
        child.stderr?.on('data', (text: Buffer) => heard(text.toString()));
      });
    }

    it.each(Object.keys(READS))(
      'finds nothing wrong with %s, over all of its rows and reads',
      async (name) => {
        const { code, isClean, isWhole, notCompared, operations } = await compare(name);
        expect({ code, isClean, isWhole, notCompared }, JSON.stringify(operations)).toEqual({
          code: 0,
          isClean: true,
          isWhole: true,
          notCompared: [],
        });
        expect(operations.map(({ operation }) => operation)).toEqual([...READS[name as keyof Repositories]]);
        for (const { calls, outcomes } of operations) expect(outcomes['same']).toBe(calls);
      },
    );

    it('counts nothing twice and nothing as alike when the database takes connections away', async () => {
      const pool = openPool(url, 1);
      const bike = {
        said: '',
        report: compare('bike', undefined, ['--rate', '60'], (text) => (bike.said += text)),
      };
      let isOver = false;
      void bike.report.finally(() => (isOver = true)).catch(() => {});
      // Until it was met in the middle of a call.
      while (!isOver && !bike.said.includes('trying again')) {
        await pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
             where pid <> pg_backend_pid() and state = 'active' and backend_type = 'client backend'`,
        );
      }
      const { code, operations } = await bike.report;
      await pool.end();
      expect(bike.said).toContain('trying again');
      expect(operations.map(({ calls, outcomes }) => calls - (outcomes['same'] ?? 0))).toEqual([0, 0]);
      expect(operations[0]?.calls).toBe(201);
      expect(code).toBe(0);
    });

    /** By operation, what has to be found and nothing else. */
    const FOUND: Readonly<
      Record<Bug, readonly [keyof Repositories, Readonly<Record<string, readonly string[]>>]>
    > = {
      'decimal as text': ['item', { find: ['type price'], findBySku: ['type price'] }],
      'lost time zone': ['repair', { find: ['value scheduledFor'], between: ['value [].scheduledFor'] }],
      'inner join': ['repair', { find: ['missing '], between: ['missing []'] }],
      'missing order': ['customer', { search: ['order '] }],
      'undefined for null': ['user', { find: ['null-or-absent '], findByEmail: ['null-or-absent '] }],
      'a query a row': ['transaction', { forCustomer: ['queries '] }],
      'limit before join': ['customer', { withOpenRepairs: ['missing []'] }],
    };

    it.each(BUGS)('finds the planted bug: %s', async (bug) => {
      const [repository, expected] = FOUND[bug];
      const { code, operations } = await compare(repository, bug);
      const found = Object.fromEntries(
        operations.flatMap(({ operation, groups }) =>
          groups.length === 0 ? [] : [[operation, groups.map(({ kind, path }) => `${kind} ${path}`)]],
        ),
      );
      expect(found).toEqual(expected);
      expect(code).toBe(3);
    });
  },
);

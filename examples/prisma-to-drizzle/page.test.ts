import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { parseTelemetryBatch, type RequestBatch, type TelemetryBatch } from '../../src/measure/index.ts';
import { openSqliteStore } from '../../src/store/index.ts';
import { startBrowser, whyNoBrowser } from '../../test/fixtures/browser.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../../tools/postgres/server.ts';
import { startInstances, stopFleet, type Instance } from '../raw-sql-to-drizzle/fleet.ts';
import { createShop } from './app/database.ts';

const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const missing = process.env['CI'] === undefined ? (whyNoPostgres() ?? whyNoBrowser()) : null;
/** Keys of which half are on the candidate: some of so few are on each side. */
const USERS = ['ana', 'ben', 'cleo', 'dag', 'eva', 'finn', 'gina', 'hugo'];

describe.skipIf(missing !== null)(
  `the screen of the bike shop${missing === null ? '' : `: ${missing}`}`,
  () => {
    let folder: string;
    let postgres: Postgres | undefined;
    let fleet: readonly Instance[] = [];
    let url = '';
    const env: Record<string, string> = { BEACON_SECRET: 'a secret of the test, long enough' };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'cutover-page-'));
      postgres = await startPostgres();
      env['CUTOVER_STORE'] = join(folder, 'state.db');
      env['DATABASE_URL'] = await postgres.createDatabase('shop');
      await createShop(env['DATABASE_URL']);
      fleet = await startInstances(
        join(import.meta.dirname, 'app/service.ts'),
        { production: ['till-1'] },
        env,
      );
      url = fleet[0]?.url ?? '';
      const args =
        'flag set drizzle_bike_repo 50 --environment production --confirm prisma-to-drizzle --reason test';
      const set = spawnSync(process.execPath, [MAIN, ...args.split(' ')], {
        cwd: import.meta.dirname,
        env: { PATH: process.env['PATH'] ?? '', ...env },
        encoding: 'utf8',
      });
      expect(set.status, set.stderr).toBe(0);
    }, 180_000);
    afterAll(async () => {
      await stopFleet(fleet);
      await postgres?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    async function batches(): Promise<readonly TelemetryBatch[]> {
      const store = await openSqliteStore({
        file: env['CUTOVER_STORE'] ?? '',
        clock: systemClock,
        readOnly: true,
      });
      try {
        const records = await store.telemetry('prisma-to-drizzle/production', 0, 10_000);
        return records.flatMap(({ body }) => parseTelemetryBatch(body) ?? []);
      } finally {
        await store.close();
      }
    }

    const sum = (
      of: readonly RequestBatch[],
      side: string,
      what: 'requests' | 'errors' = 'requests',
    ): number =>
      of.filter(({ sides }) => sides['bike'] === side).reduce((total, one) => total + one[what], 0);

    it('reports how it fares in a real browser, and what it asked for is counted on the same side', async () => {
      const sides = new Map<string, string>();
      await vi.waitFor(async () => {
        const answer = (await (await fetch(`${url}/which`)).json()) as readonly { why: string }[];
        expect(answer.map(({ why }) => why)).toContain('repository exposure');
      });
      const browser = await startBrowser();
      try {
        for (const user of USERS) {
          const page = await browser.newPage();
          await page.setExtraHTTPHeaders({ 'x-user': user });
          const response = await page.goto(url, { waitUntil: 'networkidle' });
          expect(await page.locator('li').count()).toBeGreaterThan(0);
          sides.set(user, (await response?.headerValue('server-timing')) ?? '');
          await page.goto('about:blank');
          await page.close();
        }
      } finally {
        await browser.close();
      }
      expect(new Set(sides.values()).size).toBe(2);
      await vi.waitFor(
        async () => {
          const all = await batches();
          const pages = all.flatMap((batch) => batch.pages ?? []);
          const bikes = all
            .flatMap((batch) => batch.requests ?? [])
            .filter(({ route }) => route === 'GET /bikes');
          expect(sum(pages, 'control') + sum(pages, 'candidate')).toBe(USERS.length);
          expect([sum(bikes, 'control'), sum(bikes, 'candidate')]).toEqual([
            sum(pages, 'control'),
            sum(pages, 'candidate'),
          ]);
          expect(Math.min(sum(pages, 'control'), sum(pages, 'candidate'))).toBeGreaterThan(0);
          expect([sum(pages, 'control', 'errors'), sum(pages, 'candidate', 'errors')]).toEqual([0, 0]);
        },
        { timeout: 20_000 },
      );
    }, 180_000);
  },
);

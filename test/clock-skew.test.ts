import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import { openStore, storePlace } from '../src/store/index.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../tools/postgres/server.ts';
import { FaultyRun } from './fixtures/faulty-run.ts';
import { seen, serves } from './fixtures/forked-app.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;
const PATIENCE = { timeout: 60_000 };
const MINUTES = 60_000;
const AHEAD = 5 * MINUTES;
const BEHIND = -5 * MINUTES;

type Shown = {
  readonly controller: string;
  readonly exposure: readonly { readonly actual: number | null }[];
  readonly instances: readonly { readonly instance: string; readonly liveness: string }[];
};

describe.skipIf(missing !== null)(
  `machines whose clocks are minutes apart${missing === null ? '' : `: ${missing}`}`,
  () => {
    let postgres: Postgres;
    let url: string;
    beforeAll(async () => {
      postgres = await startPostgres();
      url = await postgres.createDatabase('skewed');
    });
    afterAll(() => postgres?.stop());

    it('have one state: who lives, what is served, what a gate sees, and what is drawn', async () => {
      const faulty = await FaultyRun.create('6h', undefined, url, '4s');
      try {
        const place = storePlace({
          env: { CUTOVER_STORE: url },
          cwd: '/',
          input: { sqlite: 'x' },
          configFolder: '/',
        });
        const store = await openStore(place, { clock: systemClock, prepare: true });
        const shop = await faulty.token('shop', 'instance');
        const viewer = await faulty.token('vi', 'viewer');
        const get = async (server: { readonly url: string }, path: string) => {
          const headers = { authorization: `Bearer ${viewer}` };
          const response = await fetch(`${server.url}/api/v1/migrations/swap/production/${path}`, {
            headers,
          });
          return JSON.parse(await response.text());
        };
        const status = (server: { readonly url: string }): Promise<Shown> => get(server, 'status');
        const ahead = await faulty.serve(AHEAD);
        const right = await faulty.app('right');
        const apps = [
          right,
          await faulty.app('ahead', { url: ahead.url, token: shop }, AHEAD),
          await faulty.app('behind', null, BEHIND),
        ] as const;
        const run = await faulty.holding(right);
        for (const app of apps) await serves(app, 'candidate');
        const lives = async (server: { readonly url: string }) =>
          Object.fromEntries((await status(server)).instances.map((one) => [one.instance, one.liveness]));
        await expect
          .poll(() => lives(ahead), PATIENCE)
          .toEqual({ right: 'live', ahead: 'live', behind: 'live' });
        await expect
          .poll(() => status(ahead), PATIENCE)
          .toMatchObject({ controller: 'present', exposure: [{ actual: expect.any(Number) }] });
        type Series = {
          repositories: { candidate: { calls: (number | null)[] } }[];
          coveredMs: (number | null)[];
        };
        const drawn = async (): Promise<number> => {
          const series: Series = await get(ahead, 'series');
          return series.repositories[0]?.candidate.calls.filter((calls) => (calls ?? 0) > 0).length ?? 0;
        };
        await expect.poll(drawn, PATIENCE).toBeGreaterThan(0);
        // One is gone, and nobody takes its last words for new ones.
        apps[2].kill('SIGKILL');
        await expect.poll(() => lives(ahead), PATIENCE).toMatchObject({ right: 'live', behind: 'gone' });
        const late = await faulty.serve(BEHIND);
        expect((await lives(late))['behind']).not.toBe('live');
        await expect
          .poll(() => lives(late), PATIENCE)
          .toMatchObject({ right: 'live', ahead: 'live', behind: 'gone' });
        await expect
          .poll(() => status(late), PATIENCE)
          .toMatchObject({ exposure: [{ actual: expect.any(Number) }] });
        await faulty.completes(run);
        const log = await store.read('swap/production');
        await store.close();
        expect(log.some(({ kind }) => kind === 'rollback.started')).toBe(false);
        for (const app of apps.slice(0, 2)) expect((await seen(app)).failed).toBe(0);
      } finally {
        await faulty.remove();
      }
    }, 300_000);
  },
);

// The pictures of the pages in `docs/guide/images`: plan 001 on a real PostgreSQL with three instances, whose items are in the
// shadow of a candidate that has the price as text. `npm run screenshots` takes them all again, light and dark.
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { createShop } from '../examples/prisma-to-drizzle/app/database.ts';
import { SHOP_MIX } from '../examples/prisma-to-drizzle/load.ts';
import { startPageViews } from '../examples/prisma-to-drizzle/page-views.ts';
import { CommandLine } from '../examples/raw-sql-to-drizzle/demo/cutover.ts';
import { startInstances, stopFleet } from '../examples/raw-sql-to-drizzle/fleet.ts';
import { startLoad, type Mix } from '../examples/raw-sql-to-drizzle/load/generator.ts';
import type { StatusDocument } from '../src/report/index.ts';
import { startBrowser } from '../test/fixtures/browser.ts';
import { startPostgres } from '../tools/postgres/server.ts';
import { palettePng } from './palette-png.ts';

const ROOT = join(import.meta.dirname, '..');
const EXAMPLE = join(ROOT, 'examples/prisma-to-drizzle');
const IMAGES = join(ROOT, 'docs/guide/images');
const WIDTH = 1_100;
/** What a page about this is worth to whoever downloads the package. Bytes. */
const MOST_BYTES = 150_000;
/** The place in every address. */
const PLACE = '/m/prisma-to-drizzle/production';
const RATE_PER_SECOND = 20;
const VIEWS_PER_SECOND = 4;
const COMPRESS = '1h=250ms';
/** Lines over nothing are no picture. Milliseconds. */
const WATCHED_MS = 45_000;

type Shot = {
  readonly name: string;
  readonly path: string;
  readonly height: number;
  readonly ready: (page: Page) => Promise<void>;
};

const SHOTS: readonly Shot[] = [
  {
    name: 'overview',
    path: '',
    height: 1_000,
    ready: (page) => page.getByText('item').first().waitFor(),
  },
  {
    name: 'repository',
    path: '/repositories/bike',
    height: 1_350,
    ready: (page) => page.locator('canvas').first().waitFor(),
  },
  {
    name: 'phase',
    path: '/phases/item',
    height: 900,
    ready: (page) => page.getByText('Different answers').first().waitFor(),
  },
  {
    name: 'mismatches',
    path: '/mismatches',
    height: 900,
    ready: (page) => page.getByText('item').first().waitFor(),
  },
  {
    name: 'rollback',
    path: '',
    height: 960,
    async ready(page) {
      await page.keyboard.press('Shift+R');
      await page.getByText('Has to acknowledge').waitFor();
      await page.getByRole('textbox', { name: 'Reason' }).fill('prices are text on the candidate');
    },
  },
];

/** More of what is shown than in the rehearsal. */
const MIX: Mix = [
  [0.15, 'GET', (id) => `/items/${(id % 39) + 1}`],
  [0.15, 'GET', (id) => `/bikes/${id}`],
  ...SHOP_MIX.map(scarcer),
];

function scarcer([share, ...rest]: Mix[number]): Mix[number] {
  return [share * 0.7, ...rest];
}

const folder = await mkdtemp(join(tmpdir(), 'cutover-pictures-'));
const store = join(folder, 'state.db');
const env: Record<string, string> = {
  CUTOVER_STORE: store,
  BUGS: 'decimal as text',
  MAX_HOLD: '3650d',
  MIN_SAMPLES: '1',
  BEACON_SECRET: randomUUID(),
};
const cli = new CommandLine(env, (line) => console.error(`  ${line}`), EXAMPLE);
const confirm = ['--environment', 'production', '--store', store, '--confirm', 'prisma-to-drizzle'];
// However this ends: a browser that is open ends the process by itself on Ctrl-C.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const starting = startPostgres();
let end = async (): Promise<void> => {};
let leaving: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void leave().finally(() => process.exit(130)));
try {
  const postgres = await starting;
  env['DATABASE_URL'] = await postgres.createDatabase('shop');
  await createShop(env['DATABASE_URL']);
  const names = { production: ['till-1', 'till-2', 'web-1'] };
  const fleet = await startInstances(join(EXAMPLE, 'app/service.ts'), names, env);
  const targets = fleet.map(({ url }) => url);
  env['TARGETS'] = targets.join(',');
  const load = startLoad({ targets, ratePerSecond: RATE_PER_SECOND, seed: 1, mix: MIX });
  const views = startPageViews(targets, VIEWS_PER_SECOND);
  end = async () => {
    await Promise.all([load.stop(), views.stop()]);
    await stopFleet(fleet);
  };
  const { link, running } = await begin();
  await take(link);
  await cli.stop();
  await running;
} finally {
  await leave();
}

/** Once, also where Ctrl-C and the end of the last picture meet. */
function leave(): Promise<void> {
  return (leaving ??= left());
}

async function left(): Promise<void> {
  await cli.stop();
  await end();
  // One that never came up has nothing to be stopped.
  await starting.then(
    (postgres) => postgres.stop(),
    () => {},
  );
}

async function begin(): Promise<{ readonly link: string; readonly running: Promise<unknown> }> {
  let link = '';
  await cli.serve(store, (made) => (link = made));
  const lists = ['review', 'environment', 'before-user', 'before-customer', 'before-bike', 'before-item'];
  for (const list of lists) await must('check', list, '--all', '--reason', 'seen on Tuesday', ...confirm);
  const running = cli.run('run', '--compress', COMPRESS, '--reason', 'week 1', ...confirm);
  return { link, running };
}

async function must(...args: readonly string[]): Promise<void> {
  const { code } = await cli.run(...args);
  if (code !== 0) throw new Error(`cutover ${args[0]} ended with ${code}`);
}

async function take(link: string): Promise<void> {
  await mkdir(IMAGES, { recursive: true });
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ reducedMotion: 'reduce', baseURL: new URL(link).origin });
    page.setDefaultTimeout(120_000);
    await page.goto(link);
    while (!(await isShown(page))) await page.waitForTimeout(1_000);
    await page.waitForTimeout(WATCHED_MS);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const shot of SHOTS) await taken(page, shot, `${PLACE}${shot.path}`, colorScheme);
    }
  } finally {
    await browser.close();
  }
}

/** Whether the shadow has something to show. @throws when the run stands before that */
async function isShown(page: Page): Promise<boolean> {
  const [status, mismatches] = await Promise.all(
    ['status', 'mismatches'].map(async (what) => {
      const answer = await page.request.get(`/api/v1/migrations/prisma-to-drizzle/production/${what}`);
      return (await answer.json()) as Record<string, unknown>;
    }),
  );
  const { state, sentence, gate } = status as Pick<StatusDocument, 'state' | 'sentence' | 'gate'>;
  if (state !== 'running' && state !== 'not started') throw new Error(sentence);
  const { groups } = mismatches as { readonly groups: readonly unknown[] };
  return groups.length > 0 && gate?.rows.some(({ colour }) => colour === 'red') === true;
}

async function taken(page: Page, shot: Shot, address: string, scheme: string): Promise<void> {
  await page.setViewportSize({ width: WIDTH, height: shot.height });
  await page.goto(address);
  await page.locator(`.connection[data-kind='live']`).waitFor();
  await shot.ready(page);
  await page.waitForTimeout(1_000);
  const path = join(IMAGES, `${shot.name}-${scheme}.png`);
  const picture = palettePng(await page.screenshot());
  console.error(`${shot.name}-${scheme}.png ${picture.length}`);
  if (picture.length > MOST_BYTES)
    throw new Error(`${path} has ${picture.length} bytes, more than ${MOST_BYTES}`);
  await writeFile(path, picture);
}

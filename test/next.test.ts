import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import { parseTelemetryBatch, type RequestBatch, type TelemetryBatch } from '../src/measure/index.ts';
import { openSqliteStore } from '../src/store/index.ts';
import { startBrowser, whyNoBrowser } from './fixtures/browser.ts';
import { CliProject } from './fixtures/cli-project.ts';
import { npmProgram, pack, ROOT, unpack } from './fixtures/packed.ts';

const FOLDER = join(ROOT, 'tools/next');
const NEXT = join(FOLDER, 'node_modules/next/dist/bin/next');
/** It installs a third of a gigabyte and builds an application: not in `npm test`. */
const isAsked = process.env['npm_lifecycle_event'] === 'test:next';
const FOR_MINUTES = 600_000;

/** Installs what the lock file of the application says, once, and the package as users get it. */
async function install(temporary: string): Promise<void> {
  const stamp = join(FOLDER, 'node_modules/.cutover-setup');
  const hash = createHash('sha256')
    .update(readFileSync(join(FOLDER, 'package-lock.json')))
    .digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
    const args = [npmProgram('npm-cli.js'), 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: FOLDER, encoding: 'utf8' });
    if (status !== 0) throw new Error(`npm ci: ${stderr}`);
    writeFileSync(stamp, hash);
  }
  const own = join(FOLDER, 'node_modules/cutover');
  await rm(own, { recursive: true, force: true });
  await mkdir(own);
  unpack(pack(temporary), own);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe.skipIf(!isAsked)('an application of Next.js, built for production', () => {
  let project: CliProject;
  let server: ChildProcess | undefined;
  let url: string;

  beforeAll(async () => {
    project = await CliProject.create();
    await install(project.folder);
    const env = {
      PATH: process.env['PATH'] ?? '',
      NEXT_TELEMETRY_DISABLED: '1',
      BEACON_SECRET: 'a secret of the test, long enough',
      CUTOVER_STORE: project.storeFile,
    };
    const built = spawnSync(process.execPath, [NEXT, 'build'], { cwd: FOLDER, env, encoding: 'utf8' });
    expect(built.status, built.stdout + built.stderr).toBe(0);
    // A build looks at the routes. It must not be an instance.
    expect(existsSync(project.storeFile)).toBe(false);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = spawn(process.execPath, [NEXT, 'start', '-p', String(port), '-H', '127.0.0.1'], {
      cwd: FOLDER,
      env,
      stdio: 'ignore',
    });
    await vi.waitFor(() => fetch(url), { timeout: 60_000, interval: 200 });
  }, FOR_MINUTES);

  afterAll(async () => {
    if (server !== undefined && server.exitCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    await project.remove();
  });

  const side = async (id: string): Promise<unknown> =>
    (await fetch(`${url}/api/bikes/${id}`, { headers: { 'x-user': 'ana' } })).json();

  async function batches(): Promise<readonly TelemetryBatch[]> {
    const store = await openSqliteStore({ file: project.storeFile, clock: systemClock, readOnly: true });
    try {
      const records = await store.telemetry('swap/staging', 0);
      return records.flatMap(({ body }) => parseTelemetryBatch(body) ?? []);
    } finally {
      await store.close();
    }
  }

  const sum = (of: readonly RequestBatch[], what: 'requests' | 'errors', wanted?: string): number =>
    of
      .filter(({ sides }) => wanted === undefined || sides['user'] === wanted)
      .reduce((total, one) => total + one[what], 0);

  it('is switched, and its requests are counted by side and by failure', async () => {
    expect(await side('1')).toEqual({ id: '1', side: 'control' });
    const args = ['flag', 'set', 'use_candidate', '100', '--environment', 'staging', '--reason', 'test'];
    const set = await project.run(args, { CUTOVER_STORE: project.storeFile });
    expect(set.code, set.stderr).toBe(0);
    await vi.waitFor(async () => expect(await side('2')).toEqual({ id: '2', side: 'candidate' }), {
      timeout: 20_000,
    });
    expect((await fetch(`${url}/api/bikes/broken`)).status).toBe(500);
    await vi.waitFor(
      async () => {
        const requests = (await batches()).flatMap((batch) => batch.requests ?? []);
        expect(new Set(requests.map(({ route }) => route))).toEqual(new Set(['GET /api/bikes/[id]']));
        expect(sum(requests, 'requests', 'control')).toBeGreaterThan(0);
        expect(sum(requests, 'requests', 'candidate')).toBeGreaterThan(0);
        expect(sum(requests, 'errors')).toBe(1);
      },
      { timeout: 20_000 },
    );
  });

  it.skipIf(whyNoBrowser() !== null)('has pages that report how they fare', async () => {
    const browser = await startBrowser();
    try {
      const page = await browser.newPage();
      await page.setExtraHTTPHeaders({ 'x-user': 'ana' });
      await page.goto(url);
      await page.goto('about:blank');
      await vi.waitFor(
        async () => {
          const pages = (await batches()).flatMap((batch) => batch.pages ?? []);
          expect([sum(pages, 'requests'), sum(pages, 'errors')]).toEqual([1, 0]);
        },
        { timeout: 20_000 },
      );
    } finally {
      await browser.close();
    }
  });
});

import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import { openSqliteStore, type StoredEvent } from '../src/store/index.ts';
import { FaultyRun, type Behind } from './fixtures/faulty-run.ts';
import { seen, serves } from './fixtures/forked-app.ts';

const MANY_PROCESSES_MS = 90_000;
/** How often the plan looks. */
const LOOK_MS = 200;
const ENDS = ['', '-wal', '-shm'];

let faulty: FaultyRun;
const disks: string[] = [];

afterEach(async () => {
  await faulty.remove();
  for (const disk of disks.splice(0)) {
    // Lazily: a process that was ended may not be gone yet.
    spawnSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  }
});

/** A disk of two megabytes; `undefined` where this user may not mount one. */
function smallDisk(): string | undefined {
  const disk = mkdtempSync(join(tmpdir(), 'cutover-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
  if (status === 0) disks.push(disk);
  else rmSync(disk, { recursive: true });
  return status === 0 ? disk : undefined;
}

const ballast = (disk: string): string => join(disk, 'ballast');

function fill(disk: string): void {
  const handle = openSync(ballast(disk), 'a');
  try {
    for (const bytes of [65_536, 4_096, 1]) {
      try {
        for (;;) writeSync(handle, Buffer.alloc(bytes));
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
      }
    }
  } finally {
    closeSync(handle);
  }
}

/** All of it is in the file, and nothing in the journal that would save it. */
async function withoutJournal(file: string): Promise<void> {
  const database = new DatabaseSync(file, { timeout: 0 });
  const isLeft = (): unknown => database.prepare('pragma wal_checkpoint(truncate)').get()?.['busy'];
  await expect.poll(isLeft, { timeout: 30_000, interval: 5 }).toBe(0);
  database.close();
}

async function behind(): Promise<Behind> {
  const { url } = await faulty.serve();
  return { url, token: await faulty.token('shop', 'instance') };
}

async function events(file: string): Promise<readonly StoredEvent[]> {
  const store = await openSqliteStore({ file, clock: systemClock, readOnly: true });
  try {
    return await store.read('swap/production');
  } finally {
    await store.close();
  }
}

describe('a state file that cannot be used', { timeout: MANY_PROCESSES_MS }, () => {
  it('since the disk is full: calls are served, a kill file works, and all goes on when there is room', async (context) => {
    const disk = smallDisk();
    faulty = await FaultyRun.create('4h', disk);
    if (disk === undefined) return context.skip('mounting a disk is not allowed here');
    const app = await faulty.app('i1');
    const run = await faulty.holding(app);
    fill(disk);
    await run.until('trouble: STORE_UNAVAILABLE');
    const kill = await faulty.cli('kill', '--reason', 'now');
    expect(kill.stderr).toContain('no room');
    expect(kill.code).toBe(1);
    await serves(app, 'control', 'stale');
    writeFileSync(join(disk, 'swap.kill'), '');
    await serves(app, 'control', 'local kill');
    const full = await seen(app);
    expect(full.failed).toBe(0);
    rmSync(join(disk, 'swap.kill'));
    rmSync(ballast(disk));
    await run.until('the state file is back after');
    await serves(app, 'candidate');
    await faulty.completes(run);
    expect((await events(faulty.file)).some(({ kind }) => kind === 'rollback.started')).toBe(false);
  });

  it.each(['store', 'server'])(
    'for hours is no hold: instances of a %s are on their fail side, no call fails, and the run goes on where it was',
    async (from) => {
      faulty = await FaultyRun.create('2h');
      const at = from === 'store' ? null : await behind();
      const app = await faulty.app('i1', at);
      const run = await faulty.holding(app);
      const hasHeld = async (): Promise<boolean> =>
        (await events(faulty.file)).some(({ body }) => Number(Object(body).observedMs) > 0);
      await expect.poll(hasHeld, { timeout: 60_000 }).toBe(true);
      const away = join(faulty.project.folder, 'away');
      for (const end of ENDS) if (end !== '-shm') renameSync(faulty.file + end, away + end);
      rmSync(`${faulty.file}-shm`, { force: true });
      await run.until('trouble: STORE_UNAVAILABLE');
      await serves(app, 'control', 'stale');
      if (at !== null) expect((await fetch(`${at.url}/readyz`)).status).toBe(503);
      await seen(app);
      // Two hours on the run's clock: the whole hold, if this time counted.
      await systemClock.sleep(4_000);
      const { control, candidate, failed } = await seen(app);
      expect({ candidate, failed }).toEqual({ candidate: 0, failed: 0 });
      // It calls every two milliseconds, as long as its event loop is free.
      expect(control).toBeGreaterThan(200);
      for (const end of ENDS)
        if (readdirSync(faulty.project.folder).includes(`away${end}`))
          renameSync(away + end, faulty.file + end);
      await run.until('the state file is back after');
      await serves(app, 'candidate');
      await faulty.completes(run);
      const log = await events(faulty.file);
      const looks = log.filter(({ kind }) => kind === 'gate.looked');
      const observed = looks.map(({ body }) => Number(Object(body).observedMs));
      // The look after the longest time without one counts no more than any other.
      const gaps = looks.map(({ at }, index) => at - (looks[index - 1]?.at ?? at));
      const longest = Math.max(...gaps);
      expect(longest).toBeGreaterThan(4_000);
      expect(observed[gaps.indexOf(longest)]).toBeLessThanOrEqual(2 * LOOK_MS);
      const sum = (list: readonly number[]): number => list.reduce((total, ms) => total + ms, 0);
      expect(sum(observed.slice(0, gaps.indexOf(longest)))).toBeGreaterThan(0);
      expect(sum(observed)).toBeGreaterThanOrEqual(4_000);
    },
  );

  it('since it was deleted: the controller makes no new one and refuses one that somebody else made, until it is restored', async () => {
    faulty = await FaultyRun.create('4h');
    const app = await faulty.app('i1');
    const run = await faulty.holding(app);
    const backup = join(faulty.project.folder, 'backup.db');
    expect((await faulty.cli('state', 'backup', backup)).code).toBe(0);
    rmSync(faulty.file);
    await run.until('trouble: STORE_UNAVAILABLE');
    expect(run.said()).toContain('there is no state file');
    await serves(app, 'control', 'stale');
    // An instance that starts now begins a file of its own, and serves control.
    const other = await faulty.app('i2');
    const { code, stderr } = await run.ended;
    expect(stderr).toContain('LOG_BROKEN');
    expect(code).toBe(3);
    await serves(other, 'control');
    const anew = await faulty.cli('run', '--environment', 'production');
    expect(anew.stderr).toContain('LOG_BROKEN');
    expect(anew.code).toBe(3);
    expect((await seen(app)).failed).toBe(0);
    faulty.stopApps();
    const restored = await faulty.cli('state', 'restore', backup, '--confirm', 'swap');
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    await faulty.app('i1');
    await faulty.completes(faulty.run());
  });

  it.each([
    ['cut off', (file: string) => truncateSync(file, 0)],
    ['overwritten', (file: string) => writeFileSync(file, 'x'.repeat(100_000))],
  ])('since it was %s: everybody says so, and calls are served', async (_, break_) => {
    faulty = await FaultyRun.create('4h');
    const app = await faulty.app('i1');
    const run = await faulty.holding(app);
    const backup = join(faulty.project.folder, 'backup.db');
    expect((await faulty.cli('state', 'backup', backup)).code).toBe(0);
    await withoutJournal(faulty.file);
    break_(faulty.file);
    const { code, stderr } = await run.ended;
    expect(stderr).toMatch(/STORE_CORRUPT|LOG_BROKEN/);
    expect([1, 3]).toContain(code);
    await serves(app, 'control', 'stale');
    expect((await seen(app)).failed).toBe(0);
    for (const command of ['status', 'rollback', 'run']) {
      const told = await faulty.cli(command, '--environment', 'production', '--reason', 'x');
      expect(told.stderr, command).toMatch(/STORE_CORRUPT.*\n.*cutover state restore/);
    }
    faulty.stopApps();
    const restored = await faulty.cli('state', 'restore', backup, '--confirm', 'swap');
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    await faulty.app('i1');
    await faulty.completes(faulty.run());
  });
});

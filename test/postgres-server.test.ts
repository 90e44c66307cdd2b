import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whyNoPostgres } from '../tools/postgres/server.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;

describe.skipIf(missing !== null)(`PostgreSQL for tests${missing === null ? '' : `: ${missing}`}`, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cutover-postgres-test-'));
    await chmod(folder, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function start(...args: readonly string[]) {
    return spawn(process.execPath, [join(import.meta.dirname, 'fixtures/postgres-holder.ts'), ...args], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async function answers(url: string): Promise<boolean> {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return (await client.query('select 1 as one')).rows.length === 1;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  }

  it('leaves nothing behind when it is stopped', async () => {
    const child = start('stop');
    const [url] = (await once(child.stdout, 'data')) as [Buffer];
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(await readdir(folder)).toEqual([]);
    expect(await answers(url.toString().trim())).toBe(false);
  });

  it('ends the server of a process that was killed, and lets the others be', async () => {
    const killed = start();
    const [lost] = (await once(killed.stdout, 'data')) as [Buffer];
    const alive = start();
    const [kept] = (await once(alive.stdout, 'data')) as [Buffer];
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    // Nobody was there to stop it.
    expect(await answers(lost.toString().trim())).toBe(true);
    await once(start('stop'), 'exit');
    expect(await answers(lost.toString().trim())).toBe(false);
    expect(await answers(kept.toString().trim())).toBe(true);
    expect(await readdir(folder)).toHaveLength(1);
    alive.kill('SIGKILL');
    await once(alive, 'exit');
    await once(start('stop'), 'exit');
    expect(await readdir(folder)).toEqual([]);
  });
});

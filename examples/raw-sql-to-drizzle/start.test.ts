import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { startBrowser, whyNoBrowser } from '../../test/fixtures/browser.ts';
import { Visitor } from '../../test/fixtures/visitor.ts';

const ROOT = join(import.meta.dirname, '../..');

/** `npm start` itself, with a temporary folder of its own so that what it leaves can be seen. */
async function npmStart(args: readonly string[], onOutput: (text: string, stop: () => void) => void) {
  const temporary = await mkdtemp(join(tmpdir(), 'cutover-start-'));
  const child = spawn('npm', ['start', '--silent', '--', ...args], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid = 0 } = child;
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    // As a terminal does: to all of the group.
    onOutput(stderr, () => process.kill(-pid, 'SIGINT'));
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const left = (await readdir(temporary)).filter((name) => name.startsWith('cutover-demo-'));
  await rm(temporary, { recursive: true, force: true });
  return { code, stdout, stderr, left, processes: groupIsAlive(pid) };
}

function groupIsAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** On a slow machine development is over before anybody looks. */
const SHOWN = /Running at|Completed/;

/** What somebody who follows the link sees of the run; without a browser, what the pages would ask for. */
async function lookAt(link: string): Promise<string> {
  const { origin } = new URL(link);
  if (whyNoBrowser() !== null) {
    const entered = await fetch(link, { redirect: 'manual' });
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
    const path = '/api/v1/migrations/raw-sql-to-drizzle/development/status';
    for (;;) {
      const status = await (await fetch(origin + path, { headers: { cookie } })).text();
      if (SHOWN.test(status)) return status;
      await systemClock.sleep(50);
    }
  }
  const browser = await startBrowser();
  try {
    const visitor = await Visitor.of(browser);
    await visitor.page.goto(link);
    await visitor.page.getByRole('link', { name: 'development' }).click();
    await visitor.sees(SHOWN);
    return await visitor.page.locator('.sentence').innerText();
  } finally {
    await browser.close();
  }
}

describe('npm start', () => {
  it('runs the plan, sees it taken back by itself, and completes the second run', async () => {
    const { code, stdout, stderr, left, processes } = await npmStart(['--once', '--json'], () => {});
    const outcome: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(outcome, stderr).toMatchObject({
      schema: 'cutover.demo/1',
      ok: true,
      rollback: { automatic: true, verified: true, withinBudget: true },
      requests: { failedByTool: 0 },
      secondRun: 'completed',
    });
    expect(code).toBe(0);
    expect({ left, processes }).toEqual({ left: [], processes: false });
  }, 300_000);

  it('opens with a link to pages that show the run, and leaves nothing behind when it is interrupted', async () => {
    let looking: Promise<string> | undefined;
    const { code, stderr, left, processes } = await npmStart(['--once'], (text, stop) => {
      if (looking !== undefined || !text.includes('Development:')) return;
      looking = lookAt(/http:\S+\/enter\/\S+/.exec(text)?.[0] ?? '').finally(stop);
    });
    expect(await looking, stderr).toMatch(SHOWN);
    expect(stderr.trim()).toMatch(/^Pages: http/);
    expect(code).not.toBe(0);
    expect({ left, processes }).toEqual({ left: [], processes: false });
  }, 240_000);
});

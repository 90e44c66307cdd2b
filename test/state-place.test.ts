import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planFolder } from '../src/node/place.ts';
import { CliProject } from './fixtures/cli-project.ts';

const STAGING = ['--environment', 'staging'];

let project: CliProject;
let app: ChildProcess | undefined;

beforeEach(async () => {
  project = await CliProject.create();
});
afterEach(async () => {
  app?.kill('SIGKILL');
  await project.remove();
});

async function start(cwd: string): Promise<ChildProcess> {
  mkdirSync(cwd, { recursive: true });
  app = fork(join(import.meta.dirname, 'fixtures/placed-app.ts'), { cwd });
  await once(app, 'message');
  return app;
}

async function instances(): Promise<readonly string[]> {
  const { stdout } = await project.run(['status', ...STAGING, '--json']);
  const status = JSON.parse(stdout) as { readonly instances: readonly { readonly instance: string }[] };
  return status.instances.map(({ instance }) => instance);
}

describe('a state file that nobody names', () => {
  it('is the same one for the command line and for an application in a folder below the configuration', async () => {
    await start(join(project.folder, 'apps/web'));
    await expect.poll(instances, { timeout: 30_000 }).toEqual(['placed']);
    expect(existsSync(join(project.folder, 'apps/web/.cutover'))).toBe(false);
  });

  it('is in the working folder where there is no configuration above it', () => {
    expect(planFolder('/')).toBe('/');
    expect(planFolder(join(project.folder, 'not/there'))).toBe(project.folder);
  });

  it('is named by doctor for both, where they differ', async () => {
    const places = async (...more: readonly string[]) =>
      (await project.run(['doctor', ...STAGING, ...more])).stdout;
    expect(await places()).toContain(`✔ state file of applications: ${project.storeFile}`);
    const text = await places('--store', 'elsewhere.db');
    expect(text).toContain(
      `! state file of applications: this command uses ${join(project.folder, 'elsewhere.db')}`,
    );
    expect(text).toContain(`uses ${project.storeFile}`);
  });
});

describe('an application that sets a flag', () => {
  it('is told that nothing is registered yet, and can once it is', async () => {
    const child = await start(project.folder);
    const ask = async (value: boolean): Promise<unknown> => {
      const answer = once(child, 'message');
      child.send(value);
      return (await answer)[0];
    };
    expect(await ask(true)).toMatchObject({
      code: 'NOT_REGISTERED',
      hint: expect.stringContaining('cutover run'),
    });
    expect((await project.run(['flag', 'set', 'use_candidate', '5', ...STAGING, '--reason', 'x'])).code).toBe(
      0,
    );
    expect(await ask(true)).toEqual({ exposure: 10_000 });
  });
});

describe('a state file that was lost', () => {
  it('is not begun anew by run while an instance remembers it', async () => {
    const child = await start(project.folder);
    await project.run(['flag', 'set', 'use_candidate', '5', ...STAGING, '--reason', 'x']);
    const last = join(project.folder, '.cutover/swap.staging.placed.last.json');
    await expect.poll(() => existsSync(last), { timeout: 30_000 }).toBe(true);
    child.kill('SIGKILL');
    for (const end of ['', '-wal', '-shm']) rmSync(project.storeFile + end, { force: true });
    const refused = await project.run(['run', ...STAGING]);
    expect(refused.stderr).toMatch(/LOG_BROKEN: .* an instance was at epoch 2 of it/);
    expect(refused.code).toBe(3);
    rmSync(last);
    const run = project.start(['run', ...STAGING]);
    await expect.poll(() => run.said(), { timeout: 30_000 }).toContain('Running before its first step');
  });
});

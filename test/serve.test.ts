import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliProject, type Running } from './fixtures/cli-project.ts';

let project: CliProject;

beforeEach(async () => {
  project = await CliProject.create();
});

afterEach(() => project.remove());

async function serving(
  args: readonly string[] = [],
): Promise<{ readonly run: Running; readonly url: string }> {
  const run = project.start(['serve', '--json', ...args]);
  await run.until('cutover.serving/1');
  const { url } = JSON.parse(
    run
      .said()
      .split('\n')
      .find((line) => line.includes('cutover.serving/1')) ?? '',
  );
  return { run, url };
}

const ask = (url: string, path: string, token: string, body?: object): Promise<Response> =>
  fetch(`${url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });

describe('cutover serve', () => {
  it('serves what tokens allow, sees one that is revoked elsewhere, and ends in order', async () => {
    const made = await project.run(['token', 'create', 'ana', '--role', 'operator', '--reason', 'on call']);
    expect(made.code, made.stderr).toBe(0);
    const token = made.stdout.trim();
    expect(token).toMatch(/^cutover_[0-9a-f]{12}_/);
    const { run, url } = await serving();
    expect((await ask(url, '/migrations', token)).status).toBe(200);
    const killed = await ask(url, '/migrations/swap/staging/kill', token, { reason: 'wrong balances' });
    expect(killed.status).toBe(200);
    const log = await project.run(['log', '--environment', 'staging']);
    expect(log.stdout).toContain('by ana: wrong balances');
    const id = token.split('_')[1] ?? '';
    expect((await project.run(['token', 'list'])).stdout).toContain(`${id}  ana  operator`);
    expect((await project.run(['token', 'revoke', id, '--reason', 'laptop lost'])).code).toBe(0);
    await expect
      .poll(async () => (await ask(url, '/migrations', token)).status, { timeout: 20_000 })
      .toBe(401);
    const backup = await project.run(['state', 'backup', 'copy.db']);
    expect(backup.code, backup.stderr).toBe(0);
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
    const listed = await project.run(['token', 'list', '--json']);
    expect(JSON.parse(listed.stdout).tokens[0]).toMatchObject({ id, revoked: { reason: 'laptop lost' } });
    expect(listed.stdout).not.toContain('hash');
  });

  it('changes nothing with --read-only', async () => {
    const { stdout } = await project.run(['token', 'create', 'ana', '--role', 'administrator']);
    const { url } = await serving(['--read-only']);
    const refused = await ask(url, '/migrations/swap/staging/kill', stdout.trim(), { reason: 'x' });
    expect(await refused.json()).toMatchObject({ code: 'READ_ONLY' });
  });

  it.each([
    [['serve', '--port', '70000'], 'USAGE', 2],
    [['serve', '--host', ''], '--host is empty', 2],
    [['serve', '--origin', 'https://cutover.example/below'], 'without a path', 2],
    [['serve', '--origin', 'cutover.example'], 'USAGE', 2],
    [['serve', '--proxy-user-header', 'x-user'], 'anybody could send', 2],
    [['serve', '--proxy-address', '10.0.0.1'], '--proxy-user-header', 2],
    [['serve', '--proxy-user-header', 'x-user', '--proxy-role', 'ops=king'], 'no role of a person', 2],
    [['serve', '--proxy-user-header', 'x-user', '--proxy-secret-header', 's'], 'CUTOVER_PROXY_SECRET', 2],
    [['token', 'create', 'ana'], 'needs a role', 2],
    [['token', 'create', 'ana', '--role', 'operater'], 'did you mean "operator"', 2],
    [['token', 'create', 'ana', '--role', 'viewer', '--expires', '400d'], 'outside 0..366d', 2],
    [['token', 'create', 'shop', '--role', 'instance'], 'needs a scope', 2],
    [['token', 'create', 'shop', '--role', 'viewer', '--scope', 'swap'], 'is not a scope', 2],
    [['token', 'revoke', '__proto__'], 'UNKNOWN_TOKEN', 2],
  ])('%j is refused: %s', async (args, said, code) => {
    const ended = await project.run(args);
    expect(ended.stderr).toContain(said);
    expect(ended.code).toBe(code);
  });
});

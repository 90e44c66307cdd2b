import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const CONFIG_MODULE = new URL('../dist/config/index.js', import.meta.url).href;

const KERNEL_MODULE = new URL('../dist/kernel/index.js', import.meta.url).href;

const plan = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { live: {} },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  phases: [{ id: 'one', environment: 'live', steps: [{ kind: 'expose', exposure: 5, of: 'users' }] }],
  rollback: { budget: '1m' },
};
const PLAN = JSON.stringify(plan);

type Outcome = {
  code?: string;
  message?: string;
  details?: Record<string, unknown>;
  id?: string;
  file?: string;
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-config-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Loads in a process of its own, as the command line does: Node itself reads the file, not the test runner. */
function load(expression: string): Outcome {
  const script = `
    const { systemClock } = await import(${JSON.stringify(KERNEL_MODULE)});
    const hurried = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 50, signal) };
    const { loadConfig, findConfig } = await import(${JSON.stringify(CONFIG_MODULE)});
    const print = (value) => process.stdout.write(JSON.stringify(value), () => process.exit(0));
    try { const { plan, file } = await (${expression}); print({ id: plan.id, file }); }
    catch ({ code, message, details }) { print({ code, message, details }); }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Outcome;
}

async function loadText(name: string, text: string): Promise<Outcome> {
  await writeFile(join(folder, name), text);
  return load(`loadConfig(${JSON.stringify(name)})`);
}

describe('loading a configuration', () => {
  it('strips types and finds `cutover` where it is not installed', async () => {
    const text = `import { defineCutover, type PlanInput } from 'cutover';
      const plan: PlanInput = ${PLAN};
      export default defineCutover(plan);`;
    expect(await loadText('cutover.config.ts', text)).toMatchObject({ id: 'swap' });
  });

  it('reads JSON and plain JavaScript', async () => {
    expect(await loadText('a.mjs', `export default ${PLAN}`)).toMatchObject({ id: 'swap' });
    expect(await loadText('a.json', PLAN)).toMatchObject({ id: 'swap' });
  });

  it('does not wait for what the file leaves running', async () => {
    const text = `setInterval(() => {}, 1000); export default ${PLAN}`;
    expect(await loadText('cutover.config.ts', text)).toMatchObject({ id: 'swap' });
  });

  it('names what it looked for when there is none', () => {
    expect(load('loadConfig("nowhere.ts")')).toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: expect.stringContaining(join(folder, 'nowhere.ts')),
    });
    expect(load('loadConfig(findConfig("."))')).toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      details: { lookedFor: expect.arrayContaining(['cutover.config.ts', 'cutover.config.json']) },
    });
  });

  it('is found from a folder below it', async () => {
    await writeFile(join(folder, 'cutover.config.mjs'), `export default ${PLAN}`);
    await mkdir(join(folder, 'a/b'), { recursive: true });
    expect(load('loadConfig(findConfig("a/b"))')).toMatchObject({
      id: 'swap',
      file: expect.stringContaining(folder),
    });
  });

  it.each([
    ['throws', 'const a = 1;\n\nthrow new TypeError("no database");\nexport default {};', 3, 'no database'],
    ['throws in a function', 'function f() {\n  null.x;\n}\nf();\nexport default {};', 2, 'null'],
    ['is no TypeScript', 'const a = 1;\nexport default { a: 1,, };', 2, 'Unexpected token'],
    ['needs more than type stripping', 'const a = 1;\nenum Side { Control }\nexport default {};', 2, 'enum'],
  ])('gives the line and the error of a file that %s', async (_, text, line, message) => {
    const outcome = await loadText('cutover.config.ts', text);
    expect(outcome).toMatchObject({ code: 'CONFIG_THREW', details: { line } });
    expect(outcome.message).toContain(`cutover.config.ts:${line}: `);
    expect(outcome.message).toContain(message);
  });

  it('reports a file whose import is not installed, and one that is not JSON', async () => {
    expect(await loadText('a.ts', 'import "not-there"; export default {}')).toMatchObject({
      code: 'CONFIG_THREW',
    });
    expect(await loadText('a.json', '{"a":')).toMatchObject({ code: 'CONFIG_THREW' });
  });

  it('gives up on a file that never finishes', async () => {
    await writeFile(join(folder, 'a.ts'), 'await new Promise(() => {}); export default {}');
    const outcome = load('loadConfig("a.ts", hurried)');
    expect(outcome).toMatchObject({
      code: 'CONFIG_THREW',
      message: expect.stringContaining('did not finish'),
    });
  });

  it('refuses a function, and a file that exports nothing', async () => {
    expect(await loadText('a.ts', `export default { ...${PLAN}, metrics: { x: () => 1 } }`)).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { problems: [{ path: 'metrics.x', message: 'is a function; a plan is data' }] },
    });
    expect(await loadText('a.ts', 'export const plan = 1;')).toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

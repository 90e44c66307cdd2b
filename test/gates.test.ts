import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanInput, StepInput } from '../src/plan/index.ts';
import type { Store } from '../src/store/index.ts';
import { type CliProject, PLAN, type Ended, type Running } from './fixtures/cli-project.ts';
import { StagedProject } from './fixtures/staged-project.ts';

const STAGING = ['--environment', 'staging'];
const WHY = ['--reason', 'because'];
const TSC = join(import.meta.dirname, '../node_modules/.bin/tsc');

let staging: StagedProject;
let project: CliProject;
let store: Store;

beforeEach(async () => {
  staging = await StagedProject.create();
  ({ project, store } = staging);
});
afterEach(() => staging.remove());

const write = (name: string, text: string): Promise<void> => writeFile(join(project.folder, name), text);

/** A run of one phase with these steps. */
async function start(steps: readonly StepInput[], more: Partial<PlanInput> = {}): Promise<Running> {
  const phases = [{ id: 'one', environment: 'staging', steps }];
  await project.write(`export default ${JSON.stringify({ ...PLAN, phases, ...more })};`);
  return project.start(['run', ...STAGING]);
}

const retry = (): Promise<Ended> => project.run(['advance', '--retry', ...STAGING, ...WHY]);
const exposed = async (): Promise<boolean> =>
  (await store.read('swap/staging')).some(({ kind }) => kind === 'exposure.set');
const expose: StepInput = { kind: 'expose', exposure: 50, of: 'instances' };

describe('a technical condition', () => {
  it('types do not check, a test fails: the run pauses before anything is exposed, and goes on once both pass', async () => {
    await write('code.ts', 'export const limit: number = "many";\n');
    await write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { noEmit: true, strict: true, types: [] }, files: ['code.ts'] }),
    );
    const suite = (answer: number): string =>
      `import { test } from 'node:test';\nimport assert from 'node:assert/strict';\ntest('adds', () => assert.equal(1 + 1, ${answer}));\n`;
    await write('suite.test.mjs', suite(3));
    const run = await start([
      { kind: 'command', id: 'types', run: [TSC, '-p', 'tsconfig.json'] },
      { kind: 'command', id: 'tests', run: [process.execPath, '--test', 'suite.test.mjs'] },
      expose,
    ]);
    await run.until('PAUSED (step failed): step "types" failed');
    expect(run.said()).toContain('not assignable to type');
    await write('code.ts', 'export const limit: number = 1;\n');
    await retry();
    await run.until('PAUSED (step failed): step "tests" failed');
    expect(await exposed()).toBe(false);
    await write('suite.test.mjs', suite(2));
    await retry();
    expect((await run.ended).code).toBe(0);
    expect(await exposed()).toBe(true);
  });

  it('a smoke test fails while the candidate serves: what is exposed goes back, with the reason', async () => {
    const said = [
      'to postgresql://shop:hunter2hunter2@db/shop',
      'sent Bearer abcdef0123456789',
      'checkout answers 500',
    ];
    await write('smoke.mjs', `console.error(${JSON.stringify(said.join('\n'))}); process.exit(1);\n`);
    const run = await start([
      expose,
      { kind: 'command', id: 'smoke', run: [process.execPath, 'smoke.mjs'], onFailure: 'rollback' },
      { kind: 'hold', for: '1h' },
    ]);
    expect((await run.ended).code).toBe(5);
    expect(run.said()).toContain(
      'ROLLBACK of everything (step): step "smoke" failed: checkout answers 500 (exit 1)',
    );
    // What else it said is in the log, without what nobody may read there.
    const log = JSON.stringify(await store.read('swap/staging'));
    expect(log).toContain('to postgresql://shop:[redacted]@db/shop');
    expect(log).not.toMatch(/hunter2|abcdef0123456789/);
    expect(run.said()).toContain('rolled back: 2 of 2 instances');
    expect(run.said()).not.toContain('hold-1: entered');
  });

  it('a load test is slower than the plan allows: its numbers decide, though it ends with 0', async () => {
    const load = (p95: number): string =>
      `console.log('30 s of load'); console.log(JSON.stringify({ latency: { p95: ${p95} }, failed: 0 }));\n`;
    await write('load.mjs', load(240));
    const run = await start([
      expose,
      {
        kind: 'command',
        id: 'load',
        run: [process.execPath, 'load.mjs'],
        expect: { 'latency.p95': { max: '200ms' }, failed: { max: 0 } },
      },
    ]);
    await run.until('PAUSED (step failed): step "load" failed: latency.p95: 240 > 200');
    await write('load.mjs', load(180));
    await retry();
    expect((await run.ended).code).toBe(0);
  });

  it('the bundle is too large, or was not built: the run pauses with the sizes, and needs no shell for it', async () => {
    const noise = Array.from({ length: 4_000 }, (_, at) => Math.sin(at).toString(36)).join('\n');
    await mkdir(join(project.folder, 'dist'));
    const run = await start([{ kind: 'size', id: 'bundle', files: ['dist/*.js'], max: '10KB' }, expose]);
    await run.until('PAUSED (step failed): step "bundle" failed: no file matches dist/*.js');
    await write('dist/main.js', noise);
    await write('dist/small.js', 'export {};');
    await retry();
    await run.until(' bytes compressed in 2 files, limit 10000; the largest: dist/main.js');
    // Large, and small as it is sent.
    await write('dist/main.js', 'export const a = 1;\n'.repeat(10_000));
    await retry();
    expect((await run.ended).code).toBe(0);
    expect(run.said()).not.toMatch(/limit 10000.*limit 10000.*limit 10000/s);
  });
});

describe('a probe', () => {
  let server: Server;
  let answer: (url: string) => number;
  let agents: Set<string | undefined>;

  beforeEach(async () => {
    answer = () => 200;
    agents = new Set();
    server = createServer((request, response) => {
      agents.add(request.headers['x-probe']?.toString());
      response.writeHead(answer(request.url ?? '')).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const probed = (): Partial<PlanInput> => ({
    probes: {
      partner: {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/partner`,
        headers: { 'x-probe': '${PROBE_TOKEN}' },
        every: '200ms',
        timeout: '5s',
      },
    },
    metrics: {
      errors: { kind: 'errorRate' },
      partnerFailures: { kind: 'probeFailures', probe: 'partner' },
      partnerTime: { kind: 'probeTime', probe: 'partner', quantile: 95 },
    },
    gates: {
      integrations: [
        { title: 'Partner answers', metric: 'partnerFailures', red: '10%' },
        { title: 'Partner in time', metric: 'partnerTime', red: '5s' },
      ],
    },
  });
  const steps: readonly StepInput[] = [expose, { kind: 'hold', for: '800ms', gate: 'integrations' }];
  const started = async (more: Partial<PlanInput>): Promise<Running> => {
    const phases = [{ id: 'one', environment: 'staging', steps }];
    await project.write(`export default ${JSON.stringify({ ...PLAN, phases, ...more })};`);
    return project.start(['run', ...STAGING], { PROBE_TOKEN: 'secret-4711' });
  };

  it('that is answered lets a hold end, and its times are measured', async () => {
    const run = await started(probed());
    expect((await run.ended).code).toBe(0);
    const looks = (await store.read('swap/staging')).filter(({ kind }) => kind === 'gate.looked');
    const rows: readonly { title: string; verdict: string; measure: { value: number } }[] = Object(
      looks.at(-1)?.body,
    ).rows;
    const time = rows.find(({ title }) => title === 'integrations: Partner in time');
    expect(time).toMatchObject({ verdict: 'pass' });
    expect(time?.measure.value).toBeGreaterThan(0);
    expect(agents).toEqual(new Set(['secret-4711']));
    expect(JSON.stringify(await store.read('swap/staging'))).not.toContain('secret-4711');
  });

  it('that is not answered as expected takes back what is exposed, and the reason names the answer', async () => {
    answer = () => 503;
    const run = await started(probed());
    expect((await run.ended).code).toBe(5);
    expect(run.said()).toMatch(
      /integrations: Partner answers: 100 % > 10 %, 2 looks in a row; GET .*\/partner: 503, expected 200/,
    );
  });

  it('that nobody answers in time has failed', async () => {
    const { probes, metrics } = probed();
    const { url } = probes?.['partner'] ?? { url: '' };
    server.removeAllListeners('request');
    const run = await started({
      ...probed(),
      metrics: metrics ?? {},
      probes: { partner: { url, every: '200ms', timeout: '300ms' } },
    });
    expect((await run.ended).code).toBe(5);
    expect(run.said()).toContain('Partner answers: 100 % > 10 %');
  });
});

describe('the rows of a hold of its own', () => {
  it('are judged with the matrix while it lasts, and not in the phase after it', async () => {
    const gates = { memory: [{ title: 'Memory', metric: 'memory', red: '50MB', onRed: 'pause' }] } as const;
    const metrics = { errors: { kind: 'errorRate' }, memory: { kind: 'gauge', gauge: 'rss' } } as const;
    const hold = (gate?: string): StepInput => ({
      kind: 'hold',
      for: '600ms',
      ...(gate === undefined ? {} : { gate }),
    });
    // Instances report 100 MB: too much for the hold that asks, nothing to the one that does not.
    const run = await start([expose, hold(), hold('memory')], { gates, metrics });
    await run.until('PAUSED (red): memory: Memory: 100.0 MB > 50.0 MB');
    expect(run.said()).toContain('one / hold-1: done');
    expect(run.said()).not.toContain('one / hold-2: done');
    const looks = (await store.read('swap/staging')).filter(({ kind }) => kind === 'gate.looked');
    const titles = looks.map(({ body }) => {
      const { gate, rows } = Object(body) as { gate: string; rows: readonly { title: string }[] };
      return `${gate}: ${rows.map(({ title }) => title).join(' + ')}`;
    });
    expect(new Set(titles)).toEqual(new Set(['matrix: Errors', 'memory: Errors + memory: Memory']));
    await project.run(['rollback', ...STAGING, ...WHY]);
    expect((await run.ended).code).toBe(5);
  });
});

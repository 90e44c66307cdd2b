import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createCutover, type Cutover } from 'cutover';
import { nodeSource } from 'cutover/node';
import { samples, shadow } from 'cutover/shadow';
import { afterEach, beforeEach, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js');
const PLAN = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { order: {} },
  environments: { production: {} },
  measure: { window: '4s', every: '500ms', minSamples: 20, looks: 2 },
  metrics: { errors: { kind: 'errorRate' }, different: { kind: 'mismatchRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '0.5%' }],
  gates: { alike: [{ title: 'Answers', metric: 'different', red: '1%', onRed: 'pause' }] },
  phases: [
    {
      id: 'compare',
      environment: 'production',
      steps: [
        { kind: 'shadow', sample: 100 },
        { kind: 'hold', for: '1h', gate: 'alike' },
      ],
    },
  ],
  rollback: { budget: '30s' },
} as const;

/** Control answers with numbers, the candidate with the text that its driver gives for a decimal. */
class Orders {
  readonly #db: DatabaseSync;
  readonly #total: (cents: number) => unknown;
  readonly #sql: string;

  constructor(
    db: DatabaseSync,
    total: (cents: number) => unknown,
    sql = 'SELECT id, cents FROM orders WHERE id = ?',
  ) {
    this.#db = db;
    this.#total = total;
    this.#sql = sql;
  }

  async find(id: number): Promise<unknown> {
    const row = this.#db.prepare(this.#sql).get(id);
    return row === undefined ? null : { id: row['id'], total: this.#total(Number(row['cents'])) };
  }

  async save(id: number): Promise<void> {
    this.#db.prepare('INSERT INTO orders (id, cents) VALUES (?, 1250)').run(id);
  }
}

let folder: string;
let db: DatabaseSync;
let cutover: Cutover | undefined;
let controller: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-shadow-'));
  await writeFile(join(folder, 'cutover.config.ts'), `export default ${JSON.stringify(PLAN)};`);
  db = new DatabaseSync(join(folder, 'shop.db'));
  db.exec('PRAGMA journal_mode=WAL; CREATE TABLE orders (id INTEGER PRIMARY KEY, cents INTEGER)');
});

afterEach(async () => {
  controller?.kill('SIGKILL');
  await cutover?.close();
  db.close();
  await rm(folder, { recursive: true, force: true });
});

function cli(...args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let out = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (out += text.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}

/** Asks again until it says so; the test's own time is the limit. */
async function until<T>(ask: () => Promise<T> | T, isDone: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (isDone(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function begin(candidate: Orders): { readonly orders: Orders; readonly application: Cutover } {
  const source = nodeSource(PLAN, {
    environment: 'production',
    file: join(folder, '.cutover/state.db'),
    env: {},
  });
  const application = createCutover(PLAN, {
    source,
    shadow: shadow({ recheckMs: 1, twice: 0, inFlight: 50, samples: samples() }),
  });
  cutover = application;
  const readOnly = new DatabaseSync(join(folder, 'shop.db'), { readOnly: true });
  const orders = application.repository('order', {
    control: new Orders(db, (cents) => cents / 100),
    candidate,
    reads: ['find'],
    shadow: { control: new Orders(readOnly, (cents) => cents / 100) },
  });
  return { orders, application };
}

it('a run compares in the shadow, says what differs, pauses by it, and a rollback ends it', async () => {
  const { orders } = begin(new Orders(db, (cents) => (cents / 100).toFixed(2)));
  await orders.save(1);
  controller = spawn(
    process.execPath,
    [PROGRAM, 'run', '--environment', 'production', '--reason', 'compare'],
    {
      cwd: folder,
      stdio: 'ignore',
    },
  );
  const list = async (): Promise<{ groups: { id: string; count: number }[] }> => {
    for (let n = 0; n < 10; n += 1) expect(await orders.find(1)).toEqual({ id: 1, total: 12.5 });
    const { out } = await cli('mismatches', 'list', '--json', '--environment', 'production');
    return out.startsWith('{') ? JSON.parse(out) : { groups: [] };
  };
  const { groups } = await until(list, (found) => found.groups.length > 0);
  expect(groups).toMatchObject([
    { repository: 'order', operation: 'find', kind: 'type', path: 'total', as: 'number' },
  ]);
  const text = await cli('mismatches', 'list', '--environment', 'production');
  expect(text.out).toContain('order.find total');
  const shown = await cli('mismatches', 'show', groups[0]?.id ?? '', '--environment', 'production');
  expect(shown.out).toMatch(/total +12\.5 +"12\.50"/);
  expect(shown.out).toContain("same: ['number']");
  expect(shown.out).toContain("path: 'total', kind: 'type'");
  const explained = await cli('mismatches', 'explain', groups[0]?.id ?? '', '--environment', 'production');
  expect(explained.code).toBe(0);
  for (const part of ['the types are not the same', 'rows are paired by id', 'epoch', "'total' for type"])
    expect(explained.out).toContain(part);
  for (const line of explained.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const asked = ['--environment', 'production', '--json'];
  const document = await cli('mismatches', 'explain', groups[0]?.id ?? '', ...asked);
  expect(JSON.parse(document.out)).toMatchObject({
    schema: 'cutover.mismatch-explained/1',
    explained: [{ coveredBy: null, answers: { compared: expect.any(Number) }, ignore: { kind: 'type' } }],
  });
  expect((await cli('mismatches', 'explain', 'nothing', '--environment', 'production')).code).toBe(2);
  expect((await cli('mismatches', 'show', 'nothing', '--environment', 'production')).code).toBe(2);
  const status = async (): Promise<string> => {
    await list();
    return (await cli('status', '--environment', 'production')).out;
  };
  await until(status, (said) => said.includes('alike: Answers') && said.includes('paused'));
  await cli('rollback', '--environment', 'production', '--reason', 'enough');
  await until(
    async () => {
      const before = await list();
      const after = await list();
      return [before, after].map((found) => found.groups.reduce((sum, { count }) => sum + count, 0));
    },
    ([before, after]) => before === after,
  );
  expect(db.prepare('SELECT count(*) AS n FROM orders').get()).toEqual({ n: 1 });
}, 120_000);

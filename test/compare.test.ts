import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliProject, type Ended } from './fixtures/cli-project.ts';

const ROWS = 200;
/** What the guide leaves to the reader. */
const USERS = `
import { DatabaseSync } from 'node:sqlite';
export interface Users { find(id: number): Promise<unknown>; list(): Promise<unknown> }
export const openDatabase = (file: string, options: { readOnly: boolean }) => new DatabaseSync(file, options);
export class SqlUsers implements Users {
  readonly db: DatabaseSync;
  constructor(db: DatabaseSync) { this.db = db; }
  async find(id: number) { return this.db.prepare('select * from users where id = ?').get(id) ?? null; }
  async list() { return this.db.prepare('select * from users order by id limit 5').all(); }
}
export class DrizzleUsers extends SqlUsers {}
`;
let project: CliProject;
let db: DatabaseSync;

beforeEach(async () => {
  project = await CliProject.create();
  db = new DatabaseSync(join(project.folder, 'shop.db'));
  db.exec(`create table users (id integer primary key, name text, cents integer);
    with recursive n(id) as (select 1 union all select id + 1 from n where id < ${ROWS})
    insert into users select id, 'user ' || id, id * 5 from n`);
});
afterEach(async () => {
  db.close();
  await project.remove();
});

const PAGES = `{ pages: (after, size) => {
  const ids = db.prepare('select id from users where id > ? order by id limit ?').all(Number(after ?? 0), size).map((row) => Number(row['id']));
  return { calls: ids.map((id): [number] => [id]), next: ids.length < size ? null : ids.at(-1) ?? null };
} }`;

/** A comparison of `user`; `candidate` is the body of its find(id), `calls` the source of its arguments. */
function write(candidate: string, calls = PAGES, more = ''): void {
  const text = `
    import { appendFileSync } from 'node:fs';
    import { DatabaseSync } from 'node:sqlite';
    import { defineComparison } from 'cutover/testing';
    export default defineComparison({
      open() {
        const db = new DatabaseSync('shop.db', { readOnly: true });
        const row = (id: number): object | null => db.prepare('select * from users where id = ?').get(id) ?? null;
        const control = {
          find: async (id: number): Promise<unknown> => { appendFileSync('asked.txt', id + '\\n'); return row(id); },
          list: async (): Promise<unknown> => db.prepare('select id from users order by id limit 3').all(),
          save: async (): Promise<unknown> => 0,
        };
        const find = async (id: number): Promise<unknown> => { ${candidate} };
        return { control: { user: control }, candidate: { user: { ...control, find } }, source: db };
      },
      reads: { user: ['find', 'list'] },
      calls: (db) => ({ user: { find: ${calls}, list: [[]] } }),
      ${more}
    });`;
  writeFileSync(join(project.folder, 'cutover.compare.ts'), text);
}

const compare = (...args: readonly string[]): Promise<Ended> =>
  project.run(['compare', 'user', '--rate', '2000', ...args]);
const RIGHT = 'return row(id);';
/** Every tenth row. */
const WRONG = 'return id % 10 === 0 ? { ...row(id), cents: String(id * 5) } : row(id);';
type Report = {
  readonly isWhole: boolean;
  readonly isClean: boolean;
  readonly resumedAt: readonly number[];
  readonly notCompared: readonly string[];
  readonly operations: readonly {
    readonly operation: string;
    readonly calls: number;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly groups: readonly {
      readonly calls: number;
      readonly samples: readonly { readonly call: number }[];
    }[];
  }[];
};
const report = ({ stdout, stderr }: Ended): Report => {
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout) as Report;
};

describe('cutover compare', () => {
  it('calls every row on both sides, and says that they agree', async () => {
    write(RIGHT);
    const ended = await compare('--all', '--output', 'user.json');
    expect(ended.stdout, ended.stderr).toContain(
      `✔ user: ${ROWS + 1} calls of 2 operations on both sides, none different`,
    );
    expect(ended.code).toBe(0);
    expect(JSON.parse(readFileSync(join(project.folder, 'user.json'), 'utf8'))).toMatchObject({
      schema: 'cutover.comparison/1',
      isWhole: true,
      isClean: true,
    });
    const asked = readFileSync(join(project.folder, 'asked.txt'), 'utf8').trim().split('\n');
    expect(asked.map(Number).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: ROWS }, (_, at) => at + 1),
    );
  });

  it('groups what is different, with a call to look at, redacted', async () => {
    write(WRONG);
    const ended = await compare('--all');
    expect(ended.code).toBe(3);
    expect(ended.stdout).toContain(
      `✖ user: ${ROWS + 1} calls of 2 operations on both sides, ${ROWS / 10} different`,
    );
    expect(ended.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'user.find cents type: the same number as number and text, 20 calls',
    );
    expect(ended.stdout).toMatch(/cents +50 +"50"/);
    for (const line of ended.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(ended.stdout).not.toContain('user 1');
    const [find] = report(await compare('--all', '--operation', 'find', '--json')).operations;
    expect(find?.groups).toMatchObject([{ kind: 'type', path: 'cents', calls: 20 }]);
    expect(find?.groups[0]?.samples.map(({ call }) => call)).toEqual([9, 19, 29]);
    // Two that are the same by what the application says are.
    write(WRONG, PAGES, "compare: { user: { operations: { find: { same: ['number'] } } } },");
    expect((await compare('--all')).code).toBe(0);
  });

  it('looks at the first calls without --all', async () => {
    write(WRONG);
    const quick = report(await compare('--json'));
    expect(quick).toMatchObject({ isWhole: false, isClean: false });
    expect(quick.operations.map(({ calls }) => calls)).toEqual([100, 1]);
    expect(existsSync(join(project.folder, '.cutover'))).toBe(false);
    write(RIGHT);
    expect((await compare()).code).toBe(0);
  });

  it('goes on behind a kill, with nothing left out and nothing counted twice', async () => {
    const ofAll = 'async function* () { for (let id = 1; id <= 200; id += 1) yield [id] as [number]; }';
    for (const calls of [PAGES, ofAll]) {
      write(WRONG, calls);
      // Slow enough to be met in the middle, wherever that is.
      const args = ['compare', 'user', '--all', '--rate', '40', '--json', '--restart'];
      const first = project.start(args);
      const file = join(project.folder, '.cutover/compare-swap-user.json');
      const kept = (): number => {
        if (!existsSync(file)) return 0;
        const { body } = JSON.parse(readFileSync(file, 'utf8')) as { body: string };
        const { progress } = JSON.parse(body) as { progress: { operations: { tally: { calls: number } }[] } };
        return progress.operations.reduce((sum, { tally }) => sum + tally.calls, 0);
      };
      const before = kept();
      while (kept() < 40 || kept() === before) {
        if (first.child.exitCode !== null) throw new Error(`it ended: ${first.said()}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      first.child.kill('SIGKILL');
      await first.ended;
      const done = kept();
      expect(done).toBeLessThan(ROWS);
      const second = await compare('--all', '--json');
      const found = report(second);
      expect(second.stderr).toContain(`going on behind ${done} calls`);
      expect(found).toMatchObject({ isWhole: true, isClean: false });
      expect(found.resumedAt).toHaveLength(1);
      expect(found.operations.map((one) => one.calls)).toEqual([ROWS, 1]);
      expect(found.operations[0]?.outcomes).toMatchObject({ same: ROWS - ROWS / 10, different: ROWS / 10 });
      expect(found.operations[0]?.groups.map((group) => group.calls)).toEqual([ROWS / 10]);
    }
  }, 180_000);

  it('does not go on where nobody knows what was compared', async () => {
    write(RIGHT);
    await compare('--all', '--most', '50');
    const refused = async (text: string, ...args: readonly string[]): Promise<void> => {
      const ended = await compare('--all', ...args);
      expect(ended.stderr).toContain('CHECKPOINT_INVALID');
      expect(ended.stderr.replaceAll(/\s+/g, ' ')).toContain(text);
      expect(ended.code).toBe(2);
    };
    write(WRONG);
    await refused('the file that opens both sides has changed');
    await refused('the operations are others', '--operation', 'find');
    const file = join(project.folder, '.cutover/compare-swap-user.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('same', 'sane'));
    await refused('it is broken');
    writeFileSync(file, '{');
    await refused('compare-swap-user.json');
    expect((await compare('--all', '--restart')).code).toBe(3);
    // One that came to its end is no beginning: all of it is compared anew.
    expect(report(await compare('--all', '--json')).resumedAt).toEqual([]);
  }, 180_000);

  it('stops two at once, of which each would have counted a part', async () => {
    write(RIGHT);
    const first = project.start(['compare', 'user', '--all', '--rate', '20']);
    const file = join(project.folder, '.cutover/compare-swap-user.json');
    while (!existsSync(file)) {
      if (first.child.exitCode !== null) throw new Error(first.said());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const second = await compare('--all', '--json');
    expect(report(second).operations.map(({ calls }) => calls)).toEqual([ROWS, 1]);
    const { code, stderr } = await first.ended;
    expect(stderr).toContain('another comparison has taken it over');
    expect(code).toBe(2);
  });

  it('keeps what was compared when it is interrupted', async () => {
    write(RIGHT);
    const running = project.start(['compare', 'user', '--all', '--rate', '20']);
    const file = join(project.folder, '.cutover/compare-swap-user.json');
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10));
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect((await compare('--all')).code).toBe(0);
  });

  it.each([
    [
      'never ends',
      'function* () { for (let id = 1; ; id += 1) yield [id] as [number]; }',
      3,
      'not all of them',
    ],
    [
      'comes in a circle',
      '{ pages: (after) => ({ calls: [[1]], next: (Number(after ?? 0) + 1) % 5 }) }',
      2,
      'came back to the cursor',
    ],
    [
      'throws',
      "function* (): Generator<[number]> { yield [1]; throw new Error('no such table'); }",
      1,
      'no such table',
    ],
    ['gives no arguments', "['a'] as never", 2, 'are no arguments'],
  ])('says so of a source that %s', async (_, calls, code, text) => {
    write(RIGHT, calls);
    const ended = await compare('--all', '--operation', 'find', '--most', '150');
    expect(ended.stdout + ended.stderr).toContain(text);
    expect(ended.code).toBe(code);
  });

  it.each([
    ['hangs', 'return id === 5 ? new Promise(() => {}) : row(id);', 3, 'error-or-value'],
    ['always hangs', 'return new Promise(() => {});', 1, '10 calls in a row had no answer'],
    ['ends the process', 'process.exit(0);', 1, 'ended by itself'],
    ['throws', "throw new TypeError('no such column');", 3, 'error-or-value'],
    ['changes its arguments', 'const args = [id]; args.pop(); return row(id);', 0, 'none different'],
    ['writes', "db.exec('delete from users'); return null;", 2, 'candidate of user.find writes'],
    ['closes the database that both use', 'db.close(); return row(id);', 1, 'CONNECTION_LOST'],
  ])('contains a candidate that %s', async (_, candidate, code, text) => {
    write(candidate, '[[1], [2], [3], [4], [5], [6], [7], [8], [9], [10], [11], [12]]');
    const ended = await compare('--all', '--timeout', '200ms', '--operation', 'find');
    expect(ended.stdout + ended.stderr).toContain(text);
    expect(ended.code, ended.stdout + ended.stderr).toBe(code);
    expect(db.prepare('select count(*) as n from users').get()).toEqual({ n: ROWS });
  });

  it('is not content with nothing', async () => {
    write(RIGHT, '[]');
    const none = await compare('--all');
    expect(none.stdout).toContain('no call of find');
    expect(none.code).toBe(3);
    write("throw new Error('down');", PAGES);
    const source = readFileSync(join(project.folder, 'cutover.compare.ts'), 'utf8');
    writeFileSync(
      join(project.folder, 'cutover.compare.ts'),
      source.replace("appendFileSync('asked.txt', id + '\\n'); return row(id);", "throw new Error('down');"),
    );
    const failing = await compare('--all', '--operation', 'find', '--json');
    expect(report(failing).operations[0]?.outcomes).toMatchObject({ failedAlike: ROWS, same: 0 });
    expect(failing.code).toBe(3);
  });

  it('refuses what it does not know, a write before all', async () => {
    const refused = async (args: readonly string[], code: number, text: string): Promise<void> => {
      const ended = await project.run(['compare', ...args]);
      expect(ended.stderr).toContain(text);
      expect(ended.code).toBe(code);
    };
    await refused(['user'], 2, 'there is no cutover.compare.ts beside');
    write(RIGHT);
    await refused(['usr'], 2, 'did you mean "user"?');
    await refused(['user', '--operation', 'fnd'], 2, 'did you mean "find"?');
    await refused(['user', '--rate', '0'], 2, 'expected a whole number');
    await refused(['user', '--file', 'nowhere.ts'], 2, 'there is no nowhere.ts');
    await refused(['user', '--output', 'nowhere/a.json'], 2, 'cannot be written');
    write(RIGHT, `${PAGES}, save: [[]]`);
    await refused(['user'], 2, 'save is not in reads.user, so it is a write, which is never called');
    writeFileSync(join(project.folder, 'cutover.compare.ts'), 'throw new Error("no server");');
    await refused(['user'], 1, 'no server');
    writeFileSync(join(project.folder, 'cutover.compare.ts'), 'export default 5;');
    await refused(['user'], 2, 'is no comparison');
  });

  it('runs as its guide says', async () => {
    const guide = readFileSync(join(import.meta.dirname, '../docs/guide/compare.md'), 'utf8');
    const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(guide) ?? [];
    writeFileSync(join(project.folder, 'cutover.compare.ts'), block);
    writeFileSync(join(project.folder, 'users.ts'), USERS);
    const [, lines = ''] = /```sh\n([\s\S]*?)```/.exec(guide) ?? [];
    for (const line of lines.trim().split('\n')) {
      const args = line
        .replace(/^npx cutover /, '')
        .replace(/ +#.*$/, '')
        .replace('--rate 100', '--rate 2000');
      const { code, stdout, stderr } = await project.run(args.split(' '));
      expect(stdout, stderr).toContain('none different');
      expect(code).toBe(0);
    }
  });
});

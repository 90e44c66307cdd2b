import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupId } from '../src/compare/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { openSqliteStore } from '../src/store/index.ts';
import { CliProject, type Ended } from './fixtures/cli-project.ts';

const ON = ['--environment', 'staging'];
const ID = groupId('user', 'find', { kind: 'type', path: 'total', as: 'number' });
let project: CliProject;
let db: DatabaseSync;

beforeEach(async () => {
  project = await CliProject.create();
  mkdirSync(join(project.folder, '.cutover'));
  db = new DatabaseSync(join(project.folder, 'shop.db'));
  db.exec(
    'create table users (id integer primary key, cents integer); insert into users values (1, 1250), (2, 5)',
  );
});
afterEach(async () => {
  db.close();
  await project.remove();
});

/** What an instance reports about `user.find`: differences of the first argument's call, or without one where it keeps none. */
async function reported(args?: readonly string[]): Promise<void> {
  const store = await openSqliteStore({ file: project.storeFile, clock: systemClock });
  const sample = args && {
    at: 'total',
    control: '12.5',
    candidate: '"12.50"',
    args,
    served: 'control',
    controlMs: 1,
    candidateMs: 1,
  };
  const group = {
    id: ID,
    kind: 'type',
    path: 'total',
    as: 'number',
    count: 1,
    firstAt: 1,
    lastAt: 2,
    sample: sample ?? null,
  };
  const shadow = [
    {
      repository: 'user',
      operation: 'find',
      sampled: 1,
      states: { mismatch: 1 },
      reasons: {},
      groups: [group],
    },
  ];
  await store.report('swap/staging', 'web-1', {}, { v: 1, epoch: 1, spanMs: 1, operations: [], shadow });
  await store.close();
}

/** `cutover.compare.ts` in which the candidate's find(id) is this, on a database that can only be read. */
function write(candidate: string, reads = "['find']"): void {
  const text = `
    import { DatabaseSync } from 'node:sqlite';
    import { defineComparison } from 'cutover/testing';
    let tick = 0;
    export default defineComparison({
      open() {
        const db = new DatabaseSync('shop.db', { readOnly: true });
        const row = (id: number) => db.prepare('select id, cents from users where id = ?').get(id);
        const total = (id: number) => Number(row(id)?.['cents']) / 100;
        return {
          control: { user: { find: async (id: number): Promise<unknown> => ({ id, total: total(id) }), save: async () => 0 } },
          candidate: { user: { find: async (id: number): Promise<unknown> => { ${candidate} }, save: async () => 0 } },
          close: () => db.close(),
        };
      },
      reads: { user: ${reads} },
      calls: () => ({}),
    });`;
  writeFileSync(join(project.folder, 'cutover.compare.ts'), text);
}

const replay = (id: string, ...more: readonly string[]): Promise<Ended> =>
  project.run(['mismatches', 'replay', id, ...ON, ...more]);

const TEXT = 'return { id, total: total(id).toFixed(2) };';

describe('cutover mismatches replay', () => {
  it('makes the call again on both sides, and says whether it is still there', async () => {
    await reported(['1']);
    write(TEXT);
    const there = await replay(ID);
    expect(there.stdout, there.stderr).toContain('✖ still there: asked 3 times, different 3 times');
    expect(there.stdout).toMatch(/total, now +12\.5 +"12\.50"/);
    expect(there.code).toBe(3);
    for (const line of there.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    write('return { id, total: total(id) };');
    const gone = await replay(ID, '--times', '1');
    expect(gone.stdout).toContain('✔ gone: asked 1 time, the sides agree there');
    expect(gone.code).toBe(0);
    write('return { id, total: id === 1 ? null : 0 };');
    const other = await replay(ID, '--json');
    expect(JSON.parse(other.stdout)).toMatchObject({
      schema: 'cutover.mismatch-replayed/1',
      verdict: 'gone',
      others: [{ kind: 'value', at: 'total', control: '12.5', candidate: 'null' }],
    });
  });

  it('does not guess arguments that were redacted, nor ask what is no read', async () => {
    write(TEXT);
    await reported();
    const unkept = await replay(ID);
    expect(unkept.stderr).toContain('ARGUMENTS_REDACTED: no call of this mismatch is kept');
    expect(unkept.stderr).toContain('samples: samples()');
    expect(unkept.code).toBe(2);
    await reported(['‹text of 12›']);
    const redacted = await replay(ID);
    expect(redacted.stderr).toContain('ARGUMENTS_REDACTED: argument 1 was not kept whole: ‹text of 12›');
    expect(redacted.stderr).toContain("show: ['args[0]']");
    expect(redacted.code).toBe(2);
    await reported(['1']);
    write(TEXT, "['save']");
    const undeclared = await replay(ID);
    expect(undeclared.stderr).toContain('does not declare user.find a read');
    expect(undeclared.code).toBe(2);
    write("db.exec('delete from users'); return 1;");
    const writing = await replay(ID);
    expect(writing.stderr).toContain('candidate of user.find writes');
    expect(writing.code).toBe(2);
    expect(db.prepare('select count(*) as n from users').get()).toEqual({ n: 2 });
  });

  it('says what is missing or fails in the comparison', async () => {
    await reported(['1']);
    const refused = async (id: string, code: number, text: string): Promise<void> => {
      const ended = await replay(id);
      expect(ended.stderr).toContain(text);
      expect(ended.code).toBe(code);
    };
    await refused(ID, 2, 'there is no cutover.compare.ts beside');
    await refused('9f2c01ab', 2, 'there is no cutover.compare.ts beside');
    write(TEXT);
    await refused('nothing', 2, 'there is no mismatch "nothing"');
    writeFileSync(join(project.folder, 'cutover.compare.ts'), 'throw new Error("no server");');
    await refused(ID, 1, 'COMPARISON_FAILED');
    writeFileSync(join(project.folder, 'cutover.compare.ts'), 'export default {};');
    await refused(ID, 2, 'is no comparison');
    write('process.exit(0);');
    await refused(ID, 1, 'ended by itself');
    write('db.close(); return row(id);');
    await refused(ID, 1, 'CONNECTION_LOST');
  });
});

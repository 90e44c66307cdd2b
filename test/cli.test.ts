import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { openSqliteStore } from '../src/store/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { CliProject, PLAN } from './fixtures/cli-project.ts';

let project: CliProject;
beforeEach(async () => {
  project = await CliProject.create();
});
afterEach(() => project.remove());

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('help', () => {
  it('lists what there is when nothing is typed', async () => {
    const { code, stdout } = await project.run([]);
    expect(code).toBe(0);
    for (const word of new Set(COMMANDS.map(({ name }) => name.split(' ')[0])))
      expect(stdout).toContain(`\n  ${word}`);
  });

  it.each(COMMANDS)(
    'explains `cutover $name` on 80 columns, with its options and examples',
    async ({ name, options, examples }) => {
      const { code, stdout } = await project.run([...name.split(' '), '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: cutover ${name}`);
      for (const { flags } of options ?? []) expect(stdout).toContain(flags);
      for (const example of examples) expect(stdout).toContain(example);
      const [before = ''] = stdout.split('Examples:');
      expect(Math.max(...before.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    },
  );

  it('prints the version', async () => {
    expect((await project.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('what was typed wrong', () => {
  it.each([
    [['staus'], 'did you mean "status"?'],
    [['flag', 'lst'], 'did you mean "list"?'],
    [['log', 'verfy'], 'did you mean "verify"?'],
    [['status', '--wach'], 'did you mean "--watch"?'],
    [['flag'], 'one of cutover flag list, cutover flag set, cutover flag history'],
    [['flag', 'set', 'use_candidate'], "missing required argument 'value'"],
    [['run'], 'add --environment <name>'],
    [['run', '--environment', 'stagin'], 'did you mean "staging"?'],
    [['run', '--environment', 'staging', '--compress', '1h'], 'write --compress 1h=250ms'],
    [['run', '--environment', 'staging', '--compress', '1s=1h'], 'a run cannot be slower than its plan'],
    [['status'], 'add --environment staging|production'],
    [['which', '--environment', 'staging', '--repository', 'usr'], 'did you mean "user"?'],
    [
      ['flag', 'set', 'use_candidat', '10', '--environment', 'staging', '--reason', 'x'],
      'did you mean "use_candidate"?',
    ],
    [
      ['flag', 'set', 'use_candidate', 'maybe', '--environment', 'staging', '--reason', 'x'],
      'FLAG_VALUE_INVALID',
    ],
    [
      ['flag', 'set', 'use_candidate', '101', '--environment', 'staging', '--reason', 'x'],
      '101 is outside 0..100',
    ],
    [['flag', 'set', 'use_candidate', '10', '--environment', 'staging'], 'REASON_MISSING'],
    [['log', '--limit', '0', '--environment', 'staging'], '--limit 0: expected a whole number'],
    [['baseline', 'record', '--for', 'ever', '--environment', 'staging'], '--for: "ever" is not a duration'],
  ])('%j ends with 2 and says what to type', async (args, message) => {
    const { code, stdout, stderr } = await project.run(args);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^✖ [A-Z_]+: .+\n {2}Fix: .+\n {2}See: docs\/reference\/errors\.md#[a-z_]+\n$/s);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('is a document for programs', async () => {
    const { code, stdout, stderr } = await project.run(['staus', '--json']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(json(stderr)).toMatchObject({
      schema: 'cutover.error/1',
      code: 'USAGE',
      message: "unknown command 'staus'",
      hint: expect.stringContaining('status'),
      docs: 'docs/reference/errors.md#usage',
    });
  });
});

describe('a configuration that cannot be used', () => {
  it('is reported with what was looked for when there is none', async () => {
    const { code, stderr } = await project.run(['status', '--config', 'elsewhere.ts']);
    expect(stderr).toContain(`CONFIG_NOT_FOUND: there is no file ${join(project.folder, 'elsewhere.ts')}`);
    expect(code).toBe(2);
  });

  it('is reported with its own error and line when it throws, and with a stack only for --debug', async () => {
    await project.write('const a = 1;\nthrow new Error("no database url");\n');
    const { code, stderr } = await project.run(['status']);
    expect(stderr).toMatch(/CONFIG_THREW: .*cutover\.config\.ts:2: no database url/);
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(2);
    expect((await project.run(['status', '--debug'])).stderr).toContain('    at ');
  });

  it('is reported with the path of a function that it holds', async () => {
    await project.write(`export default { ...${JSON.stringify(PLAN)}, metrics: { x: () => 1 } };`);
    const { code, stderr } = await project.run(['status']);
    expect(stderr).toContain('CONFIG_INVALID: metrics.x: is a function; a plan is data');
    expect(code).toBe(2);
  });

  it('is a finding for `plan validate`, with every problem', async () => {
    await project.write(
      `export default ${JSON.stringify({ ...PLAN, titel: 'x', rollback: { budget: '-1s' } })};`,
    );
    const { code, stdout } = await project.run(['plan', 'validate', '--json']);
    expect(code).toBe(3);
    expect(json(stdout)).toMatchObject({
      schema: 'cutover.validation/1',
      ok: false,
      problems: [
        { path: 'rollback.budget' },
        { path: 'titel', message: 'is not a known key; did you mean "title"?' },
      ],
    });
  });

  it('does not hang on what it leaves running', async () => {
    await project.write(`setInterval(() => {}, 1000); export default ${JSON.stringify(PLAN)};`);
    expect(await project.run(['plan', 'validate'])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('reading', () => {
  const staging = ['--environment', 'staging'];

  it.each([
    [['status', ...staging], { schema: 'cutover.status/1', state: 'not started', environment: 'staging' }],
    [
      ['plan', 'show'],
      { schema: 'cutover.plan/1', plan: { id: 'swap' }, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ],
    [['plan', 'validate'], { schema: 'cutover.validation/1', ok: true, problems: [] }],
    [
      ['flag', 'list', ...staging],
      { schema: 'cutover.flags/1', flags: [{ repository: null }, { repository: 'user' }] },
    ],
    [['flag', 'history', 'use_candidate', ...staging], { schema: 'cutover.flag-history/1', changes: [] }],
    [
      ['which', '--key', 'ana', ...staging],
      { schema: 'cutover.which/1', repositories: [{ side: 'control', why: 'default' }] },
    ],
    [['log', ...staging], { schema: 'cutover.log/1', stream: 'swap/staging', events: [] }],
    [['log', 'verify', ...staging], { schema: 'cutover.log-verification/1', ok: true, events: 0 }],
    [['baseline', 'show', ...staging], { schema: 'cutover.baseline/1', baseline: null }],
  ])('%j prints one versioned document, or a text, and creates nothing', async (args, document) => {
    const forPrograms = await project.run([...args, '--json']);
    expect(forPrograms.stderr).toBe('');
    expect(json(forPrograms.stdout)).toMatchObject(document);
    const forPeople = await project.run([...args, '--read-only']);
    expect(forPeople).toMatchObject({ code: 0, stderr: '' });
    expect(forPeople.stdout).not.toContain('{');
    expect(existsSync(project.storeFile)).toBe(false);
  });

  it('colours when told to, and never because a file is read', async () => {
    const plain = await project.run(['status', ...staging]);
    const coloured = await project.run(['status', ...staging], { FORCE_COLOR: '1' });
    expect(plain.stdout).not.toContain('\u001B');
    expect(coloured.stdout).toContain('\u001B[');
    expect((await project.run(['status', ...staging], { NO_COLOR: '1' })).stdout).toBe(plain.stdout);
  });

  it('says so when the state file is none', async () => {
    await writeFile(
      join(project.folder, 'broken.db'),
      'this is not a database, and it is long enough to be seen as none'.repeat(40),
    );
    const { code, stderr } = await project.run(['status', ...staging, '--store', 'broken.db', '--json']);
    expect(json(stderr)).toMatchObject({ code: 'STORE_CORRUPT' });
    expect(code).toBe(1);
  });
});

describe('changing something', () => {
  const set = ['flag', 'set', 'use_candidate', '10', '--reason', 'first users'];

  it('writes who and why, and can be read back', async () => {
    const done = await project.run([...set, '--environment', 'staging', '--json']);
    expect(json(done.stdout)).toMatchObject({
      schema: 'cutover.operation/1',
      operation: 'set-flag',
      status: { log: { seq: 2 } },
    });
    const history = await project.run(['flag', 'history', 'use_candidate', '--environment', 'staging']);
    expect(history.stdout).toContain('set to 10 % of traffic by ana: first users');
    const which = await project.run(['which', '--key', 'ana', '--explain', '--environment', 'staging']);
    expect(which.stdout).toMatch(
      /▶ 6 global flag: 10 % of traffic; bucket of "ana" is \d+,\s+exposed below 1000/,
    );
  });

  it('takes the actor that is claimed before the environment variable', async () => {
    await project.run([...set, '--environment', 'staging', '--actor', 'ben']);
    const { stdout } = await project.run(['log', '--environment', 'staging']);
    expect(stdout).toContain('by ben: first users');
  });

  it('is refused with --read-only and with CUTOVER_READ_ONLY=1, before anything is opened', async () => {
    const mutating = COMMANDS.filter(({ mutates }) => mutates);
    for (const { name, arguments: names } of mutating) {
      const args = [...name.split(' '), ...(names ?? []).map(() => 'x')];
      expect(await project.run([...args, '--read-only'])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('READ_ONLY'),
      });
    }
    expect(await project.run(set, { CUTOVER_READ_ONLY: '1' })).toMatchObject({ code: 1 });
    expect(existsSync(project.storeFile)).toBe(false);
  });

  it('needs the name of the plan in a protected environment, and fails without a terminal', async () => {
    const production = [...set, '--environment', 'production'];
    const refused = await project.run([...production, '--json']);
    expect(json(refused.stderr)).toMatchObject({ code: 'CONFIRMATION_NEEDED', hint: 'add --confirm swap' });
    expect(refused.code).toBe(4);
    expect((await project.run([...production, '--confirm', 'swop'])).code).toBe(4);
    expect(existsSync(project.storeFile)).toBe(false);
    expect((await project.run([...production, '--confirm', 'swap'])).code).toBe(0);
  });

  it('is refused where no run is on', async () => {
    for (const command of ['pause', 'advance', 'resume']) {
      const { code, stderr } = await project.run([
        command,
        '--environment',
        'staging',
        '--reason',
        'x',
        '--json',
      ]);
      expect(json(stderr)).toMatchObject({ code: 'RUN_NOT_ACTIVE' });
      expect(code).toBe(1);
    }
  });

  it('finds a log that was edited', async () => {
    await project.run([...set, '--environment', 'staging']);
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(project.storeFile);
    const [table] = database
      .prepare("select name from sqlite_master where sql like '%prev%' and type = 'table'")
      .all();
    database.exec(`update ${String(table?.['name'])} set at = at + 1 where seq = 2`);
    database.close();
    const { code, stdout } = await project.run(['log', 'verify', '--environment', 'staging', '--json']);
    expect(json(stdout)).toMatchObject({ ok: false, seq: 2 });
    expect(code).toBe(3);
  });

  it('reports a state file that another process keeps locked', async () => {
    await project.run([...set, '--environment', 'staging']);
    const store = await openSqliteStore({ file: project.storeFile, clock: systemClock });
    const { DatabaseSync } = await import('node:sqlite');
    const locker = new DatabaseSync(project.storeFile);
    locker.exec('begin immediate');
    const { code, stderr } = await project.run([...set, '--environment', 'staging', '--json']);
    locker.exec('rollback');
    locker.close();
    await store.close();
    expect(json(stderr)).toMatchObject({ code: 'STORE_LOCKED' });
    expect(code).toBe(1);
  });
});

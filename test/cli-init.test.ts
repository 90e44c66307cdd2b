import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';

const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'dist/cli/main.js');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-init-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

function cutover(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: { PATH, NO_COLOR: '1', CUTOVER_ACTOR: 'ana', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

const init = (...args: readonly string[]): Promise<Ended> => cutover(['init', ...args]);
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Every file with its text and the time of its last change. */
function everything(): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(
    files.map((name) => [
      name,
      `${statSync(join(folder, name)).mtimeMs} ${readFileSync(join(folder, name)).toString('base64')}`,
    ]),
  );
}

const PACKAGE = `{
    "name": "shop",
    "scripts": { "start": "node app.ts" },
    "dependencies": {
        "@prisma/client": "7.0.0", "pg": "8.0.0"
    }
}
`;
const PRISMA = `datasource db {
  provider = "postgresql"
}

model User {
  id Int @id
}
`;

/** Projects, and what init makes of them. */
const PROJECTS: Readonly<
  Record<
    string,
    { readonly files: Readonly<Record<string, string>>; readonly id: string; readonly config?: string }
  >
> = {
  'an empty folder': { files: {}, id: 'control-to-candidate' },
  'a Prisma project': {
    files: { 'package.json': PACKAGE, 'prisma/schema.prisma': PRISMA },
    id: 'prisma-to-drizzle',
  },
  'a Drizzle project': {
    files: {
      'package.json': '{ "type": "module", "dependencies": { "drizzle-orm": "1.0.0", "mysql2": "3.0.0" } }',
      'drizzle.config.ts': "export default { dialect: 'mysql' };",
    },
    id: 'raw-sql-to-drizzle',
  },
  'a wrangler project': {
    files: {
      'package.json': '{}',
      'wrangler.jsonc': '{ /* ours */ "d1_databases": [{ "binding": "DB" }] }',
      'src/db.ts': "import { DatabaseSync } from 'node:sqlite';",
    },
    id: 'sqlite-to-d1',
  },
  'a project that says commonjs': {
    files: { 'package.json': '{\n  "type": "commonjs",\n  "dependencies": { "tedious": "1.0.0" }\n}' },
    id: 'raw-sql-to-drizzle',
    config: 'cutover.config.mts',
  },
};

describe('cutover init', () => {
  it.each(Object.entries(PROJECTS))(
    'writes a plan for %s that validates, and nothing the second time',
    async (_, { files, id, config = 'cutover.config.ts' }) => {
      write(files);
      const { code, out, err } = await init('--json');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(JSON.parse(out)).toMatchObject({
        schema: 'cutover.init/1',
        found: { guess: expect.objectContaining({}) },
        written: expect.arrayContaining([expect.objectContaining({ file: config, change: 'create' })]),
        next: expect.arrayContaining([expect.stringContaining('plan validate')]),
      });
      const validation = await cutover(['plan', 'validate', '--json']);
      expect(validation.code, validation.out + validation.err).toBe(0);
      const shown = JSON.parse((await cutover(['plan', 'show', '--json'])).out);
      expect(JSON.stringify(shown)).toContain(`"id":"${id}"`);
      expect(read('.gitignore')).toBe('.cutover/\n');
      const before = everything();
      expect(await init()).toMatchObject({ code: 0, out: expect.stringContaining('nothing was written') });
      expect(everything()).toEqual(before);
    },
  );

  it('says what it found, and leaves package.json as it was but for two scripts', async () => {
    write({ 'package.json': PACKAGE, 'prisma/schema.prisma': PRISMA, '.gitignore': 'dist' });
    const { out } = await init();
    expect(out).toMatch(/Prisma\s+prisma\/schema\.prisma, package @prisma\/client/);
    expect(out).toContain('Databases:      PostgreSQL');
    expect(out).toContain('control is Prisma, candidate is Drizzle (a guess)');
    expect(out).toMatch(/Next:\n {2}1\. npm install cutover/);
    expect(read('package.json')).toBe(
      PACKAGE.replace(
        '"node app.ts" }',
        '"node app.ts", "cutover": "cutover", "cutover:status": "cutover status" }',
      ),
    );
    expect(read('.gitignore')).toBe('dist\n.cutover/\n');
    expect(read('cutover.config.ts')).toContain('repositories: { user: {} }');
  });

  it('writes what compiles against the package', async () => {
    expect((await init('--repository', 'user', '--repository', 'order-line')).code).toBe(0);
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/cutover'));
    const types = spawnSync(
      join(ROOT, 'node_modules/.bin/tsc'),
      ['--noEmit', '--strict', '--module', 'nodenext', '--ignoreConfig', '--types', '', 'cutover.config.ts'],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(types.stdout + types.stderr).toBe('');
    expect(types.status).toBe(0);
  });

  it('keeps a plan that is there, unless it is told to replace it', async () => {
    write({ 'cutover.config.ts': 'export default {};', 'package.json': '{}' });
    const before = everything();
    const refused = await init('--json');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(JSON.parse(refused.err)).toMatchObject({ schema: 'cutover.error/1', code: 'USAGE' });
    expect(everything()).toEqual(before);
    const forced = await init('--force', '--id', 'users-to-drizzle', '--repository', 'user');
    expect(forced).toMatchObject({
      code: 0,
      out: expect.stringContaining('cutover.config.ts written, replaced'),
    });
    expect((await cutover(['plan', 'validate'])).out).toContain('users-to-drizzle');
    expect((await init()).code).toBe(2);
  });

  it('writes nothing with --dry-run, and prints what it would write', async () => {
    write({ 'package.json': PACKAGE });
    const before = everything();
    const { code, out } = await init('--dry-run');
    expect(code).toBe(0);
    expect(out).toContain("+   id: 'prisma-to-drizzle',");
    expect(out).toContain('+ "cutover:status": "cutover status"');
    expect(out).toContain('+ .cutover/');
    const document = JSON.parse((await init('--dry-run', '--json')).out);
    expect(everything()).toEqual(before);
    await init();
    for (const { file, text } of document.written) expect(read(file)).toBe(text);
  });

  it('writes nothing when it may only read, when package.json is broken, or when an id is none', async () => {
    write({ 'package.json': '{ "name": "shop", }' });
    const before = everything();
    expect(await init()).toMatchObject({ code: 2, err: expect.stringMatching(/USAGE.*package\.json.*JSON/) });
    expect(await init('--read-only')).toMatchObject({ code: 1, err: expect.stringContaining('READ_ONLY') });
    expect(everything()).toEqual(before);
    write({ 'package.json': '{}' });
    expect(await init('--id', 'Not an id')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Not an id'),
    });
    expect(await init('--config', 'x.ts')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--config'),
    });
    expect(readdirSync(folder)).toEqual(['package.json']);
  });

  it('keeps links and permissions of the files that it edits', async () => {
    write({ 'real/package.json': '{\n  "name": "shop"\n}\n' });
    chmodSync(join(folder, 'real/package.json'), 0o640);
    symlinkSync('real/package.json', join(folder, 'package.json'));
    expect((await init()).code).toBe(0);
    expect(read('real/package.json')).toContain('"cutover:status"');
    expect(statSync(join(folder, 'real/package.json')).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).toSorted()).toEqual([
      '.gitignore',
      'cutover.config.ts',
      'package.json',
      'real',
    ]);
  });
});

type Checked = {
  readonly name: string;
  readonly state: string;
  readonly message: string;
  readonly fix: string | null;
};

async function doctor(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{
  readonly code: number | null;
  readonly found: readonly string[];
  readonly checks: readonly Checked[];
}> {
  const { code, out, err } = await cutover(['doctor', '--json', ...args], env);
  expect(err).toBe('');
  const document = JSON.parse(out);
  expect(document.schema).toBe('cutover.doctor/1');
  const checks: readonly Checked[] = document.checks;
  return { code, checks, found: checks.filter(({ state }) => state === 'bad').map(({ name }) => name) };
}

describe('cutover doctor', () => {
  const storeFile = (): string => join(folder, '.cutover/state.db');
  const stream = 'control-to-candidate/staging';
  const set = ['flag', 'set', 'USE_CANDIDATE', '10', '--environment', 'staging', '--reason', 'x'];
  const openStore = (): Promise<Store> => openSqliteStore({ file: storeFile(), clock: systemClock });

  it('finds nothing in what init wrote, and writes nothing', async () => {
    await init();
    const before = everything();
    const { code, out } = await cutover(['doctor']);
    expect(code).toBe(0);
    expect(out).toMatch(/^✔ Node: \d+/);
    expect(out).toMatch(/✔ configuration: .*control-to-candidate/);
    expect(out).toMatch(/✔ state folder: .* can be made/);
    expect(out).toMatch(/! instances of production: none has reported yet\n {2}Fix: /);
    expect(everything()).toEqual(before);
    expect((await doctor(['--read-only'])).found).toEqual([]);
  });

  it('reads the state of a fleet: who reports, who is stale, and an unbroken log', async () => {
    await init();
    expect((await cutover(set)).code).toBe(0);
    const store = await openStore();
    const fleet = new SimulatedFleet(store, stream, ['a', 'b']).start();
    const status = {
      v: 1,
      applied: 9,
      acknowledged: 9,
      pins: 0,
      serving: {},
      notes: ['USE_X=false: control'],
    };
    await store.report(stream, 'away', status);
    try {
      const { code, checks } = await doctor(['--environment', 'staging']);
      expect(code).toBe(0);
      const shown = checks.map(({ state, name, message }) => `${state} ${name}: ${message}`);
      expect(shown).toContainEqual(expect.stringMatching(/^ok log of staging: \d+ events, unbroken$/));
      expect(shown).toContain('ok clock: no event is from the future');
      expect(shown).toContain('ok instances of staging: 2 of 3 report');
      expect(shown).toContain('warning instances of staging: stale, no report while watched: away');
      expect(shown).toContainEqual(expect.stringContaining('say of themselves: away (USE_X=false: control)'));
      expect(shown.join()).not.toContain('production');
    } finally {
      await fleet.stop();
      await store.close();
    }
  });

  it('leaves the state file as it is, byte for byte', async () => {
    await init();
    await cutover(set);
    const before = readFileSync(storeFile());
    expect((await doctor()).code).toBe(0);
    expect(readFileSync(storeFile()).equals(before)).toBe(true);
  });

  it('finds an edited log and a clock that is ahead', async () => {
    await init();
    await cutover(set);
    const database = new DatabaseSync(storeFile());
    database.exec(`update events set at = ${Date.now() + 3_600_000} where seq = 2`);
    database.close();
    const { code, found, checks } = await doctor();
    expect(code).toBe(3);
    expect(found).toEqual(['log of staging', 'clock']);
    expect(checks.find(({ name }) => name === 'clock')?.message).toMatch(/in the future/);
  });

  it.each([
    ['no SQLite', (file: string) => writeFileSync(file, 'not a database at all'), /STORE_CORRUPT/],
    [
      'one of a version far away',
      (file: string) => {
        const database = new DatabaseSync(file);
        database.exec('pragma user_version = 90');
        database.close();
      },
      /STORE_VERSION/,
    ],
  ])('finds a state file that is %s', async (_, make, message) => {
    await init();
    mkdirSync(dirname(storeFile()));
    make(storeFile());
    const { code, found, checks } = await doctor();
    expect({ code, found }).toEqual({ code: 3, found: ['state file'] });
    expect(checks.find(({ name }) => name === 'state file')?.message).toMatch(message);
  });

  it('finds a folder that is none, a variable that is neither true nor false, and too many connections', async () => {
    await init();
    write({ '.cutover': 'a file' });
    expect((await doctor()).found).toContain('state folder');
    expect((await doctor(['--store', 'elsewhere/state.db'])).found).toEqual([]);
    const store = ['--store', 'elsewhere/state.db'];
    expect((await doctor(store, { USE_CANDIDATE: 'perhaps' })).found).toEqual([
      'environment variable USE_CANDIDATE',
    ]);
    expect((await doctor(store, { USE_CANDIDATE: 'false' })).code).toBe(0);
    const pool = ['--instances', '10', '--server-limit', '100', ...store];
    expect((await doctor(['--pool', '9', ...pool])).found).toEqual([]);
    expect((await doctor(['--pool', '10', ...pool])).found).toEqual(['connections']);
    expect(await cutover(['doctor', '--pool', '9'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--server-limit'),
    });
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  it('says what is wrong with the configuration, and where there is none', async () => {
    const none = await doctor();
    expect(none).toMatchObject({ code: 3, found: ['configuration'] });
    expect(none.checks.at(-1)?.fix).toContain('cutover init');
    write({ 'cutover.config.ts': 'export default { id: 1 };' });
    expect((await doctor()).checks.at(-1)?.message).toContain('CONFIG_INVALID');
    write({ 'cutover.config.ts': 'throw new Error("no database url");' });
    expect((await doctor()).checks.at(-1)?.message).toMatch(/CONFIG_THREW.*no database url/);
  });
});

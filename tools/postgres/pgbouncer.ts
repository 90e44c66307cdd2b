import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** A PgBouncer of this process alone before a PostgreSQL, lending connections for one transaction each. */
export type Pgbouncer = {
  /** The way through it to the same database with the same role. */
  through(url: string): string;
  stop(): Promise<void>;
};

/** Debian puts it where only root's path leads. */
const PROGRAMS = ['pgbouncer', '/usr/sbin/pgbouncer'];
const NOBODY = 65_534;
const READY_MS = 10_000;

function program(): string | undefined {
  return PROGRAMS.find((name) => spawnSync(name, ['--version']).status === 0);
}

/** Why none can be started here; `null` when one can. */
export function whyNoPgbouncer(): string | null {
  return program() === undefined ? 'pgbouncer is not installed' : null;
}

/** @param servers connections to PostgreSQL that all clients share */
export async function startPgbouncer(url: string, servers: number): Promise<Pgbouncer> {
  const found = program();
  if (found === undefined) throw new Error('pgbouncer is not installed');
  const { hostname, port, username, password } = new URL(url);
  const folder = await mkdtemp(join(tmpdir(), 'cutover-pgbouncer-'));
  await chmod(folder, 0o755);
  const listenPort = await freePort();
  const users = join(folder, 'users.txt');
  await writeFile(users, `"${username}" "${password}"\n`);
  const config = join(folder, 'pgbouncer.ini');
  await writeFile(
    config,
    `[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${servers}
max_client_conn = 200
`,
  );
  const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn(found, [config], { ...owner, stdio: 'ignore' });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.unref();
  const through = (to: string): string => {
    const address = new URL(to);
    address.port = String(listenPort);
    return address.toString();
  };
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answers(through(url), child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { through, stop };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const began = performance.now();
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (child.exitCode !== null || performance.now() - began > READY_MS) throw error;
      await sleep(20);
    }
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.ref();
  child.kill('SIGKILL');
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { register } from '../src/engine/index.ts';
import { parsePlan } from '../src/config/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { createToken } from '../src/server/index.ts';
import { openStore, type Store, storePlace } from '../src/store/index.ts';
import type { StoreView } from './fanout-store.ts';
import { LEASE_MS, PLAN, STREAM } from './fleet.ts';
import { answerOf, launch, stop } from './processes.ts';

const SERVERS = 3;
/** Instances whose link is the shipped one, in processes of so many, and whole ones with their thread and files. */
const LINKS = { processes: 4, each: 246 };
const WHOLE = 16;
export const INSTANCES = LINKS.processes * LINKS.each + WHOLE;
/** Between two looks for acknowledgements. Milliseconds. */
const LOOK_MS = 20;
const MOST_MS = 60_000;
const START_MS = 300_000;

/** Instances behind several `cutover serve` over one store. */
export class ServedFleet {
  readonly store: Store;
  readonly view: StoreView;
  readonly #servers: readonly Server[];
  readonly #operator: string;
  readonly #instance: string;
  readonly #folder: string;
  readonly #reportMs: number;
  readonly #children: ChildProcess[] = [];

  private constructor(
    store: Store,
    view: StoreView,
    servers: readonly Server[],
    tokens: readonly [operator: string, instance: string],
    folder: string,
    reportMs: number,
  ) {
    this.store = store;
    this.view = view;
    this.#servers = servers;
    [this.#operator, this.#instance] = tokens;
    this.#folder = folder;
    this.#reportMs = reportMs;
  }

  /**
   * Servers over a store, and nobody behind them yet.
   *
   * @param named a file, or `postgres:` and the variable with the address
   * @param reportMs between two reports of an instance
   */
  static async during<T>(
    named: string,
    folder: string,
    open: () => Promise<StoreView>,
    reportMs: number,
    use: (fleet: ServedFleet) => Promise<T>,
  ): Promise<T> {
    const input = named.startsWith('postgres:')
      ? { postgres: named.slice('postgres:'.length) }
      : { sqlite: named };
    // A lease that outlives a machine which is busy with a thousand instances.
    const plan = {
      ...PLAN,
      store: input,
      instances: { lease: `${LEASE_MS * 6}ms`, report: `${reportMs}ms` },
    };
    await writeFile(join(folder, 'cutover.config.ts'), `export default ${JSON.stringify(plan)};\n`);
    const place = storePlace({ named, env: process.env, cwd: folder, input, configFolder: folder });
    const store = await openStore(place, { clock: systemClock, prepare: true });
    const servers: Server[] = [];
    let view: StoreView | undefined;
    let fleet: ServedFleet | undefined;
    try {
      await register(store, systemClock, parsePlan(plan).plan, 'production');
      view = await open();
      const tokens = [await token(store, 'operator'), await token(store, 'instance')] as const;
      for (let n = 0; n < SERVERS; n += 1) servers.push(await startServer(folder, named));
      fleet = new ServedFleet(store, view, servers, tokens, folder, reportMs);
      return await use(fleet);
    } finally {
      await fleet?.leave();
      for (const { child } of servers) await stop(child);
      await view?.close();
      await store.close();
    }
  }

  get serverPids(): readonly number[] {
    return this.#servers.map(({ child }) => child.pid ?? 0);
  }

  /** Begins all instances, and waits until each has acknowledged what is stored. */
  async begin(): Promise<void> {
    const urls = this.#servers.map(({ url }) => url).join(',');
    process.env['CUTOVER_TOKEN'] = this.#instance;
    const begin = (kind: string, name: string, count: number): void => {
      const args = [kind, name, String(count), urls, this.#folder, String(this.#reportMs)] as const;
      this.#children.push(launch('fanout-instances.ts', ...args));
    };
    for (let n = 0; n < LINKS.processes; n += 1) begin('links', `link-${n}`, LINKS.each);
    begin('whole', 'whole', WHOLE);
    await Promise.all(this.#children.map((child) => answerOf(child, START_MS)));
    await this.#acknowledged(START_MS);
  }

  async leave(): Promise<void> {
    await Promise.all(this.#children.splice(0).map(stop));
  }

  /** A kill by a person, at one of the servers. @returns milliseconds to the acknowledgement of each instance in the store */
  async kill(): Promise<readonly number[]> {
    const epoch = ((await this.store.routing(STREAM))?.epoch ?? 0) + 1;
    const times: number[] = [];
    const began = performance.now();
    const said = this.#post('kill', {});
    while (times.length < INSTANCES) {
      const now = await this.view.acknowledged(epoch);
      const tookMs = performance.now() - began;
      while (times.length < now) times.push(tookMs);
      if (tookMs > MOST_MS) throw new Error(`${now} of ${INSTANCES} acknowledged a kill after ${MOST_MS} ms`);
      await systemClock.sleep(LOOK_MS);
    }
    await said;
    return times;
  }

  /** Exposes everybody, after a kill too. */
  async raise(isKilled: boolean): Promise<void> {
    if (isKilled) await this.#post('resume', {});
    await this.#post('flag', { flag: PLAN.flag.name, value: true });
    await this.#acknowledged(MOST_MS);
  }

  async #acknowledged(withinMs: number): Promise<void> {
    const epoch = (await this.store.routing(STREAM))?.epoch ?? 0;
    const began = performance.now();
    for (let now = 0; now < INSTANCES;) {
      if (performance.now() - began > withinMs)
        throw new Error(`${now} of ${INSTANCES} are at epoch ${epoch} after ${withinMs} ms`);
      await systemClock.sleep(LOOK_MS * 5);
      now = await this.view.acknowledged(epoch);
    }
  }

  async #post(path: string, body: object): Promise<void> {
    const [first] = this.#servers;
    const response = await fetch(`${first?.url}/api/v1/migrations/bench/production/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#operator}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'measured', ...body }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    await response.text();
  }
}

type Server = { readonly child: ChildProcess; readonly url: string };

async function startServer(folder: string, named: string): Promise<Server> {
  const main = join(import.meta.dirname, '../src/cli/main.ts');
  const child = spawn(process.execPath, [main, 'serve', '--json', '--store', named], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Nobody else ends it when the benchmark is ended.
  process.once('exit', () => child.kill('SIGKILL'));
  try {
    for await (const line of createInterface({ input: child.stdout }))
      return { child, url: String(JSON.parse(line).url) };
    throw new Error('a server ended before it said where it is');
  } catch (error) {
    await stop(child);
    throw error;
  }
}

async function token(store: Store, role: 'operator' | 'instance'): Promise<string> {
  const { text } = await createToken(store, systemClock, {
    name: role,
    roles: [role],
    scopes: ['bench/production'],
    approves: null,
    lifeMs: 3_600_000,
    actor: 'bench',
    reason: 'measured',
  });
  return text;
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  CutoverError,
  inOneLine,
  parseDuration,
  parseQuantity,
  systemClock,
  systemRandom,
  type Quantity,
} from '../kernel/index.ts';
import { type PlanInput, storeInputOf } from '../plan/index.ts';
import type { Agent, AgentStatus, FlagChange, Scope, Source, Strikes } from '../repository/index.ts';
import { parseRoutingState, type CaptureAnswer, type FlagState } from '../route/index.ts';
import { storePlace, type StorePlace } from '../store/index.ts';
import { CaptureDuty } from './capture.ts';
import { ProcessGauges } from './gauges.ts';
import { HeapSnapshots, type HeapSnapshotLimits } from './heap-snapshots.ts';
import { readLastState } from './last-state.ts';
import { planFolder } from './place.ts';
import { StrikeBook } from './strikes.ts';
import type { Done, FromWorker, StateOrigin, Taken, ToWorker, WorkerOptions } from './protocol.ts';
import type { ServerAddress } from './server-link.ts';

export type NodeSourceOptions = {
  /** The environment of the plan that this process is part of. */
  readonly environment: string;
  /**
   * Stable name of this instance: a replacement with the same name inherits its slot.
   * Two live processes must not share one.
   * @default environment variable CUTOVER_INSTANCE, else the host's name and the process id
   */
  readonly instance?: string;
  /**
   * The store's SQLite file, or `postgres:` and the name of the environment variable with a PostgreSQL's address.
   * @default environment variable CUTOVER_STORE, else the plan's, from the folder of the nearest `cutover.config.*`, as
   * the command line has it, or from the working folder where there is none
   */
  readonly file?: string;
  /**
   * The address of a `cutover serve`, instead of the store: `https://cutover.example`. Its token is read from the
   * environment variable CUTOVER_TOKEN.
   * @default environment variable CUTOVER_SERVER where `file` is not given, else none
   */
  readonly server?: string;
  /** Where the last known good state is kept. @default beside the store's file, or in `.cutover` for a PostgreSQL */
  readonly stateFile?: string;
  /** While this file exists everything takes the fail side here. @default `<plan id>.kill`, where the last state is */
  readonly killFile?: string;
  /**
   * Allows a contingency of the plan to keep a heap snapshot of this process. It holds whatever is in memory, users' data
   * too, and the process stands still while it is written: seconds for some hundred MB. Not set: refused.
   */
  readonly heapSnapshots?: {
    /** @default `heap-snapshots`, where the last state is */
    readonly folder?: string;
    /** Files in the folder; one more is refused. @default 3 */
    readonly most?: number;
    /** Of all files in the folder. @default '1GB' */
    readonly mostBytes?: Quantity;
  };
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
};

const DEFAULT_LEASE = '15s';
const DEFAULT_TELEMETRY = '1h';
const DEFAULT_REPORT = '1s';
/** A report that failed is made again after this, however seldom they are: a rollback may wait for what it says. */
const AGAIN_MS = 1_000;
const STRIKE_MS = 1_000;
/** Until a worker that died is replaced. */
const REPLACE_MS = 1_000;
const MOST_SNAPSHOTS = 3;
const MOST_SNAPSHOT_BYTES = '1GB';

/**
 * The source for an application on Node: the store, a SQLite file or a PostgreSQL, read and written by a worker thread.
 * A routing change is applied milliseconds after its commit, telemetry goes out once a second, the last known good state
 * and a kill file are on disk. It does not keep the process alive.
 *
 * @throws CutoverError `ENVIRONMENT_VARIABLE_INVALID` where the variable with the address of a PostgreSQL is not set
 *
 * @example
 * const cutover = createCutover(plan, { source: nodeSource(plan, { environment: 'production' }) });
 */
export function nodeSource(
  plan: Pick<PlanInput, 'id' | 'store' | 'instances'>,
  options: NodeSourceOptions,
): Source {
  const env = options.env ?? process.env;
  const from = originOf(plan, options, env);
  const folder = from.kind === 'store' ? from.place.folder : join(planFolder(process.cwd()), '.cutover');
  const named = options.instance ?? env['CUTOVER_INSTANCE'];
  // Two processes of one name would answer for each other: without a name each has its own.
  const instance = named ?? `${hostname()}-${process.pid}`;
  const name = `${plan.id}.${options.environment}.${named ?? hostname()}`.replaceAll(/[^\w.-]/g, '_');
  return new NodeSource(
    plan.id,
    options.environment,
    env,
    (parseDuration(plan.instances?.lease ?? DEFAULT_LEASE) * 2) / 3,
    parseDuration(plan.instances?.report ?? DEFAULT_REPORT),
    {
      from,
      stream: `${plan.id}/${options.environment}`,
      instance,
      stateFile: options.stateFile ?? join(folder, `${name}.last.json`),
      killFile: options.killFile ?? join(folder, `${plan.id}.kill`),
      keepMs: parseDuration(plan.instances?.telemetry ?? DEFAULT_TELEMETRY),
    },
    snapshotLimits(options.heapSnapshots, folder),
  );
}

function originOf(
  plan: Pick<PlanInput, 'store'>,
  options: NodeSourceOptions,
  env: Source['env'],
): StateOrigin {
  const server = serverOf(options, env);
  return server === null ? { kind: 'store', place: storeOf(plan, options, env) } : { kind: 'server', server };
}

function storeOf(
  plan: Pick<PlanInput, 'store'>,
  { file }: NodeSourceOptions,
  env: Source['env'],
): StorePlace {
  const cwd = process.cwd();
  return storePlace({
    named: file,
    env,
    cwd,
    input: storeInputOf(plan.store),
    configFolder: planFolder(cwd),
  });
}

/** @throws CutoverError `ENVIRONMENT_VARIABLE_INVALID` for a server without a token, or one that is none */
function serverOf({ server, file }: NodeSourceOptions, env: Source['env']): ServerAddress | null {
  const url = server ?? (file === undefined ? env['CUTOVER_SERVER'] || undefined : undefined);
  if (url === undefined) return null;
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
    throw new CutoverError(
      'ENVIRONMENT_VARIABLE_INVALID',
      `the server ${JSON.stringify(url)} is no address`,
      {
        hint: 'write https://cutover.example in CUTOVER_SERVER or `server`',
      },
    );
  const token = env['CUTOVER_TOKEN'] ?? '';
  if (token !== '') return { url, token };
  throw new CutoverError(
    'ENVIRONMENT_VARIABLE_INVALID',
    `CUTOVER_TOKEN is not set, and ${url} asks for one`,
    {
      hint: 'make one: cutover token create <name> --role instance --scope <migration>/<environment>',
    },
  );
}

/** Nothing was taken from a store yet. */
const NOTHING: Taken = { epoch: 0, mark: null };

function snapshotLimits(
  allowed: NodeSourceOptions['heapSnapshots'],
  folder: string,
): HeapSnapshotLimits | null {
  if (allowed === undefined) return null;
  return {
    folder: resolve(allowed.folder ?? join(folder, 'heap-snapshots')),
    most: allowed.most ?? MOST_SNAPSHOTS,
    mostBytes: parseQuantity(allowed.mostBytes ?? MOST_SNAPSHOT_BYTES),
  };
}

type Waiting = { readonly resolve: (done: Done) => void };

class NodeSource implements Source {
  readonly instance: string;
  readonly environment: string;
  readonly env: Source['env'];
  readonly clock = systemClock;
  readonly random = systemRandom;
  readonly scope: Scope<unknown> = new AsyncLocalStorage<unknown>();
  readonly strikes = (repository: string): Strikes => this.#strikes.of(repository);
  readonly #migration: string;
  readonly #options: Omit<WorkerOptions, 'taken'>;
  readonly #reportMs: number;
  readonly #gauges = new ProcessGauges();
  readonly #waiting = new Map<number, Waiting>();
  readonly #capture: CaptureDuty;
  readonly #strikes: StrikeBook;
  #staleAfterMs: number;
  #agent: Agent | null = null;
  #worker: Worker | null = null;
  #taken = NOTHING;
  /** Acknowledgements below this epoch are of another log. */
  #firstOfLog = 0;
  #ids = 0;
  #freshUntil = -Infinity;
  #reporting = false;
  #acknowledgeAgain = false;
  #stopTimer: () => void = () => {};
  #stopAgain: () => void = () => {};

  constructor(
    migration: string,
    environment: string,
    env: Source['env'],
    staleAfterMs: number,
    reportMs: number,
    options: Omit<WorkerOptions, 'taken'>,
    snapshots: HeapSnapshotLimits | null,
  ) {
    this.#migration = migration;
    this.environment = environment;
    this.env = env;
    this.instance = options.instance;
    this.#staleAfterMs = staleAfterMs;
    this.#reportMs = reportMs;
    this.#options = options;
    this.#strikes = new StrikeBook(options.stateFile, this.clock);
    const heap = snapshots === null ? null : new HeapSnapshots(snapshots, this.clock);
    this.#capture = new CaptureDuty(
      options.instance,
      async (id) => heap?.take(id, `${migration}.${environment}.${options.instance}`) ?? refusal(id),
    );
  }

  connect(agent: Agent): void {
    this.#agent = agent;
    const last = readLastState(this.#options.stateFile, this.#migration);
    // Known and stale: the phase's fail side and its kills hold until the store answers.
    if (last !== undefined) agent.apply(last, -Infinity);
    this.#startWorker();
    agent.onAcknowledge(() => void this.#report(false));
    const stopStrikes = this.clock.every(STRIKE_MS, () => this.#strikes.turn());
    const stopReports = this.clock.every(this.#reportMs, () => void this.#report(true));
    this.#stopTimer = () => {
      stopStrikes();
      stopReports();
      this.#stopAgain();
    };
    void this.#report(true);
  }

  async setFlag(change: FlagChange): Promise<FlagState> {
    // A reason may be the message of an error, with lines of its own: a kill is not refused for that.
    const { actor, reason } = change;
    const plain = { ...change, actor: inOneLine(actor), reason: inOneLine(reason) };
    const done = await this.#ask((id) => ({ kind: 'flag', id, change: plain }));
    if (done.kind === 'flag') return done.flag;
    throw failed(done);
  }

  async refresh(): Promise<void> {
    const done = await this.#ask((id) => ({ kind: 'refresh', id }));
    if (done.kind === 'failed') throw failed(done);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    const agent = this.#agent;
    this.#stopTimer();
    this.#gauges.stop();
    this.#strikes.close();
    if (worker === null || agent === null) return;
    // From here on nobody hears of it again, so it serves its fail side.
    agent.localKill(true);
    const telemetry = agent.drain();
    await this.#ask((id) => ({ kind: 'close', id, status: this.#status(agent), telemetry }));
    this.#worker = null;
    this.#agent = null;
    await worker.terminate();
  }

  /** One report at a time: while it is on its way the recorder goes on counting, in bounded memory. */
  async #report(withTelemetry: boolean): Promise<void> {
    const agent = this.#agent;
    if (agent === null) return;
    if (this.#reporting) {
      this.#acknowledgeAgain ||= !withTelemetry;
      return;
    }
    this.#reporting = true;
    const began = this.clock.monotonic();
    const status = { ...this.#status(agent), ...this.#capture.status };
    const telemetry = withTelemetry ? this.#drain(agent) : null;
    const done = await this.#ask((id) => ({ kind: 'report', id, status, telemetry }));
    this.#reporting = false;
    if (done.kind === 'stored' && this.#isCurrent(done.taken)) {
      this.#freshUntil = began + this.#staleAfterMs;
      agent.renewed(this.#freshUntil);
      void this.#capture
        .reported(status)
        .then((isAnswered) => (isAnswered ? this.#report(false) : undefined));
    }
    if (done.kind === 'failed') this.#reportSoon();
    if (!this.#acknowledgeAgain) return;
    this.#acknowledgeAgain = false;
    await this.#report(false);
  }

  #reportSoon(): void {
    if (this.#reportMs <= AGAIN_MS) return;
    this.#stopAgain();
    this.#stopAgain = this.clock.every(AGAIN_MS, () => {
      this.#stopAgain();
      void this.#report(false);
    });
  }

  /** Pins that began under another log hold back what is acknowledged of this one. */
  #status(agent: Agent): AgentStatus {
    const status = agent.status();
    const acknowledged = status.acknowledged < this.#firstOfLog ? 0 : status.acknowledged;
    const notes = [...status.notes, ...this.#strikes.notes];
    return { ...status, acknowledged, notes, mark: this.#taken.mark };
  }

  /**
   * Whether a lease from this store is worth anything: one whose epoch is behind what is applied here, or has the same
   * number in another log, is not the store that it was.
   */
  #isCurrent(stored: Taken | null): boolean {
    const { epoch, mark } = this.#taken;
    if ((stored?.epoch ?? 0) !== epoch) return (stored?.epoch ?? 0) > epoch;
    const known = stored?.mark ?? null;
    return known === null || mark === null || known.hash === mark.hash;
  }

  #drain(agent: Agent): ReturnType<Agent['drain']> {
    const batch = agent.drain();
    const strikes = this.#strikes.takeFound();
    return {
      ...batch,
      gauges: { ...this.#gauges.read(batch.spanMs), ...batch.gauges },
      counters: strikes === 0 ? batch.counters : { ...batch.counters, strikes },
    };
  }

  #ask(message: (id: number) => ToWorker): Promise<Done> {
    const worker = this.#worker;
    if (worker === null)
      return Promise.resolve({
        kind: 'failed',
        code: 'STORE_UNAVAILABLE',
        message: 'the source is closed',
        hint: null,
      });
    const id = (this.#ids += 1);
    const asked = message(id);
    const answered = new Promise<Done>((resolveDone) => {
      this.#waiting.set(id, { resolve: resolveDone });
      worker.postMessage(asked);
    });
    if (asked.kind === 'report') return answered;
    // Somebody waits for this one: the process must not end before the answer.
    worker.ref();
    return answered.finally(() => worker.unref());
  }

  #startWorker(): void {
    const isSource = import.meta.url.endsWith('.ts');
    const worker = new Worker(new URL(isSource ? './worker.ts' : './worker.js', import.meta.url), {
      workerData: { ...this.#options, taken: this.#taken } satisfies WorkerOptions,
      name: 'cutover',
    });
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', () => {});
    worker.on('exit', () => this.#lost(worker));
    worker.unref();
    this.#worker = worker;
  }

  /** Nothing of ours may end the application: a worker that died is replaced, and what it owed has failed. */
  #lost(worker: Worker): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting)
      one.resolve({
        kind: 'failed',
        code: 'STORE_UNAVAILABLE',
        message: 'the store thread ended',
        hint: null,
      });
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.clock.sleep(REPLACE_MS).then(
      () => this.#agent !== null && this.#startWorker(),
      () => {},
    );
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'routing': {
        const state = parseRoutingState(message.body);
        if (state === undefined || state.migration !== this.#migration) return;
        this.#staleAfterMs = state.staleAfterMs;
        this.#taken = message.taken;
        if (message.isOther) this.#firstOfLog = message.taken.epoch;
        this.#agent?.apply(state, this.#freshUntil);
        this.#capture.noted(state);
        return;
      }
      case 'kill file':
        this.#agent?.localKill(message.exists);
        return;
      case 'done':
        this.#waiting.get(message.id)?.resolve(message.result);
        this.#waiting.delete(message.id);
    }
  }
}

function refusal(id: string): CaptureAnswer {
  return {
    id,
    ok: false,
    problem: 'the application does not allow it: nodeSource(plan, { heapSnapshots: {} })',
  };
}

function failed(done: Done): CutoverError {
  if (done.kind !== 'failed') return new CutoverError('STORE_UNAVAILABLE', `unexpected answer ${done.kind}`);
  return new CutoverError(
    done.code ?? 'STORE_UNAVAILABLE',
    done.message,
    done.hint === null ? {} : { hint: done.hint },
  );
}

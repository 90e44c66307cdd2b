// The thread that touches the store, so that a locked or slow file never stalls the application's event loop.
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { CutoverError, describeError, systemClock, systemRandom, type Json } from '../kernel/index.ts';
import { makeFolder, openStore, type RoutingMark } from '../store/index.ts';
import { killFileExists } from './disk.ts';
import { LastState } from './last-state.ts';
import { storeLink, type InstanceLink } from './link.ts';
import type { Done, FromWorker, Taken, ToWorker, WorkerOptions } from './protocol.ts';
import { ServerLink } from './server-link.ts';

/** A brake for one instance, pulled by hand. Ten looks a second would cost as much as all else that an idle one does. */
const KILL_FILE_POLL_MS = 250;
const REOPEN_MS = 1_000;
const PRUNE_MS = 300_000;
/** A report that waits longer for the lock is worth less than the next one. */
const BUSY_TIMEOUT_MS = 900;
/** To a PostgreSQL, besides the one that listens: hundreds of instances share its limit. */
const CONNECTIONS = 1;

/** The parent sends `WorkerOptions` and nothing else. */
const { from, stream, instance, stateFile, killFile, keepMs, taken } = workerData as WorkerOptions;

class StoreThread {
  #store: InstanceLink | null = null;
  #opening: Promise<InstanceLink> | null = null;
  /** The newest state that was sent. One of a lower epoch is of another log, and the application would not take it. */
  #taken: Taken = taken;
  readonly #lastState = new LastState(stateFile);
  #killFile = false;
  #queue: Promise<void> = Promise.resolve();
  #looks: Promise<unknown> = Promise.resolve();
  #willLook = false;

  start(): void {
    parentPort?.on('message', (message: ToWorker) => {
      this.#queue = this.#queue.then(() => this.#answer(message));
    });
    systemClock.every(KILL_FILE_POLL_MS, () => this.#lookForKillFile());
    systemClock.every(REOPEN_MS, () => void this.#open().catch(() => {}));
    systemClock.every(PRUNE_MS, () => void this.#store?.pruneTelemetry(keepMs).catch(() => {}));
    this.#lookForKillFile();
    void this.#open().catch(() => {});
  }

  async #answer(message: ToWorker): Promise<void> {
    const result = await this.#carryOut(message).catch(failure);
    send({ kind: 'done', id: message.id, result });
    if (message.kind === 'close') {
      await this.#lastState.written();
      await this.#store?.close();
      parentPort?.close();
    }
  }

  async #carryOut(message: ToWorker): Promise<Done> {
    const store = await this.#open();
    switch (message.kind) {
      case 'report':
        return this.#reported(
          store,
          await store.report(
            stream,
            instance,
            asJson(message.status),
            message.telemetry === null ? undefined : asJson(message.telemetry),
          ),
        );
      case 'close':
        await store.report(stream, instance, asJson(message.status), asJson(message.telemetry));
        await store.removeInstance(stream, instance);
        return { kind: 'stored', taken: null };
      case 'refresh':
        return this.#stored(store);
      case 'flag': {
        const flag = await store.setFlag(message.change);
        await this.#stored(store);
        return { kind: 'flag', flag };
      }
    }
  }

  /** The answer to a report says what is stored: it is read only where that is not what was taken. */
  async #reported(store: InstanceLink, now: RoutingMark | undefined): Promise<Done> {
    if (now === undefined) return { kind: 'stored', taken: null };
    return now.epoch === this.#taken.epoch ? { kind: 'stored', taken: now } : this.#stored(store);
  }

  /** One look after the other: an older state must not arrive behind a newer one. */
  #stored(store: InstanceLink): Promise<Done> {
    const look = this.#looks.then(() => this.#look(store));
    this.#looks = look.catch(() => {});
    return look;
  }

  /** However many changes there are: one look behind the one that is on. */
  #changed(store: InstanceLink): void {
    if (this.#willLook) return;
    this.#willLook = true;
    this.#looks = this.#looks
      .then(() => {
        this.#willLook = false;
        return this.#look(store);
      })
      .catch(() => {});
  }

  async #look(store: InstanceLink): Promise<Done> {
    const { mark: known } = this.#taken;
    const routing = await store.routing(stream, known ?? undefined);
    if (routing === undefined) return { kind: 'stored', taken: null };
    const now = { epoch: routing.epoch, mark: routing.mark };
    if (now.epoch > this.#taken.epoch) {
      // Without a mark it is believed to go on where it was.
      const isOther = known !== null && routing.knows !== true;
      await this.#lastState.keep(routing.body);
      this.#taken = now;
      send({ kind: 'routing', body: routing.body, taken: now, isOther });
    }
    return { kind: 'stored', taken: now };
  }

  async #open(): Promise<InstanceLink> {
    if (this.#store !== null) return this.#store;
    // A PostgreSQL that hangs would otherwise be asked again every second by one more.
    this.#opening ??= this.#openOnce().finally(() => (this.#opening = null));
    return this.#opening;
  }

  async #openOnce(): Promise<InstanceLink> {
    const store = await openLink();
    this.#store = store;
    void store.pruneTelemetry(keepMs).catch(() => {});
    store.watch(() => this.#changed(store));
    await this.#stored(store);
    return store;
  }

  #lookForKillFile(): void {
    const exists = killFileExists(killFile);
    if (exists !== this.#killFile) send({ kind: 'kill file', exists });
    this.#killFile = exists;
  }
}

async function openLink(): Promise<InstanceLink> {
  switch (from.kind) {
    case 'server': {
      const [migration = '', environment = ''] = stream.split('/');
      const { server } = from;
      makeFolder(dirname(stateFile));
      return new ServerLink({
        server,
        migration,
        environment,
        instance,
        clock: systemClock,
        random: systemRandom,
      });
    }
    case 'store': {
      const options = { clock: systemClock, busyTimeoutMs: BUSY_TIMEOUT_MS, connections: CONNECTIONS };
      return storeLink(await openStore(from.place, options), stream);
    }
  }
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}

function failure(error: unknown): Done {
  const known = error instanceof CutoverError ? error : undefined;
  return {
    kind: 'failed',
    code: known?.code ?? null,
    message: describeError(error),
    hint: known?.hint ?? null,
  };
}

/** Statuses and batches are JSON by their types. */
function asJson(value: object): Json {
  return value as unknown as Json;
}

new StoreThread().start();

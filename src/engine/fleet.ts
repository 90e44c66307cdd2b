import type { InstanceRecord, Store } from '../store/index.ts';
import { InstanceWatcher, parseStatus, type InstanceView } from './instances.ts';

/** The instances of a stream, looked at again and again: who lives, and whose state is of this log. */
export class Fleet {
  readonly #store: Store;
  readonly #stream: string;
  readonly #watcher: InstanceWatcher;
  /** Hashes that the log has. What it has it keeps, so each is looked up once. */
  readonly #ours = new Set<string>();

  constructor(store: Store, stream: string, leaseMs: number) {
    this.#store = store;
    this.#stream = stream;
    this.#watcher = new InstanceWatcher(leaseMs);
  }

  /** @param now gives monotonic milliseconds; asked once what is stored was read */
  async look(now: () => number): Promise<readonly InstanceView[]> {
    const records = await this.#store.instances(this.#stream);
    const foreign = new Set<string>();
    for (const record of records) if (await this.#isForeign(record)) foreign.add(record.instance);
    return this.#watcher.look(records, now(), foreign);
  }

  /** Ids that have been gone for so long that their rows may be removed. @param now monotonic milliseconds */
  forgettable(now: number): readonly string[] {
    return this.#watcher.forgettable(now);
  }

  async #isForeign({ body }: InstanceRecord): Promise<boolean> {
    const mark = parseStatus(body)?.mark ?? null;
    if (mark === null || this.#ours.has(mark.hash)) return false;
    const [event] = await this.#store.read(this.#stream, mark.seq - 1, 1);
    if (event?.hash !== mark.hash) return true;
    this.#ours.add(mark.hash);
    return false;
  }
}

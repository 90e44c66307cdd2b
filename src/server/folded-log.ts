import type { Clock } from '../kernel/index.ts';
import type { EventMark, Store, StoredEvent } from '../store/index.ts';

/** Events. */
const PAGE = 1_000;

export type FoldedLogOptions<T> = {
  readonly store: Pick<Store, 'read'>;
  readonly clock: Clock;
  readonly stream: string;
  readonly empty: T;
  readonly evolve: (value: T, event: StoredEvent) => T;
};

/**
 * What a log comes to. It is read on from where it was last read, or from its beginning where it does not go on there: another
 * state may have been put in its place, and be longer. Other requests have their turn between two pages, and who asks
 * meanwhile waits for the same.
 */
export class FoldedLog<T> {
  readonly #options: FoldedLogOptions<T>;
  #read: { readonly value: T; readonly end: EventMark | null };
  #reading: Promise<void> | null = null;

  constructor(options: FoldedLogOptions<T>) {
    this.#options = options;
    this.#read = { value: options.empty, end: null };
  }

  /** Up to now: nothing is missing that was in the log before it was asked for. */
  async read(): Promise<T> {
    // What is being read may have begun before that; whether it succeeds is for whoever asked for it.
    await this.#reading?.catch(() => {});
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
    return this.#read.value;
  }

  async #readOn(): Promise<void> {
    const { store, clock, stream, empty, evolve } = this.#options;
    let { value, end } = this.#read;
    for (;;) {
      // The last one again, to see that it is still there.
      const after = end === null ? 0 : end.seq - 1;
      const page = await store.read(stream, after, PAGE);
      if (end !== null && page[0]?.hash !== end.hash) {
        value = empty;
        end = null;
        continue;
      }
      value = (end === null ? page : page.slice(1)).reduce(evolve, value);
      const last = page.at(-1);
      if (last !== undefined) end = { seq: last.seq, hash: last.hash };
      if (page.length < PAGE) break;
      await clock.sleep(1);
    }
    this.#read = { value, end };
  }
}

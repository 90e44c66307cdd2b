import type { EventMark, Store, StoredEvent } from '../store/index.ts';

/** A log that was never read has everything to be read; other requests have their turn between two pages. Events. */
const PAGE = 1_000;

/**
 * What a log comes to. It is read on from where it was last read, or from its beginning where it does not go on there: another
 * state may have been put in its place, and be longer.
 */
export class FoldedLog<T> {
  readonly #store: Pick<Store, 'read'>;
  readonly #stream: string;
  readonly #empty: T;
  readonly #evolve: (value: T, event: StoredEvent) => T;
  #read: { readonly value: T; readonly end: EventMark | null };

  constructor(
    store: Pick<Store, 'read'>,
    stream: string,
    empty: T,
    evolve: (value: T, event: StoredEvent) => T,
  ) {
    this.#store = store;
    this.#stream = stream;
    this.#empty = empty;
    this.#evolve = evolve;
    this.#read = { value: empty, end: null };
  }

  /** Up to now. */
  async read(): Promise<T> {
    let { value, end } = this.#read;
    for (;;) {
      // The last one again, to see that it is still there.
      const after = end === null ? 0 : end.seq - 1;
      const page = await this.#store.read(this.#stream, after, PAGE);
      if (end !== null && page[0]?.hash !== end.hash) {
        value = this.#empty;
        end = null;
        continue;
      }
      for (const event of end === null ? page : page.slice(1)) value = this.#evolve(value, event);
      const last = page.at(-1);
      if (last !== undefined) end = { seq: last.seq, hash: last.hash };
      if (page.length < PAGE) break;
    }
    this.#read = { value, end };
    return value;
  }
}

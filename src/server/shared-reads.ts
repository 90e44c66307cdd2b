import type { EventMark, InstanceRecord, Store, StoredRouting } from '../store/index.ts';

type Read = { on: Promise<unknown>; next: Promise<unknown> | null };

/**
 * Reads that hundreds of instances ask for in the same moment, when they begin or come back. Whoever asks gets a read that
 * began after it asked, so that nothing that was committed before is missing, and there is one of a kind at a time.
 */
export class SharedReads {
  readonly #store: Pick<Store, 'head' | 'routing' | 'instances'>;
  readonly #reads = new Map<string, Read>();

  constructor(store: Pick<Store, 'head' | 'routing' | 'instances'>) {
    this.#store = store;
  }

  head(stream: string): Promise<EventMark | undefined> {
    return this.#share(`head ${stream}`, () => this.#store.head(stream));
  }

  routing(stream: string, known?: EventMark): Promise<StoredRouting | undefined> {
    const about = known === undefined ? '' : ` ${known.seq} ${known.hash}`;
    return this.#share(`routing ${stream}${about}`, () => this.#store.routing(stream, known));
  }

  instances(stream: string): Promise<readonly InstanceRecord[]> {
    return this.#share(`instances ${stream}`, () => this.#store.instances(stream));
  }

  #share<T>(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.#reads.get(key);
    if (known === undefined) return this.#begin(key, read);
    const begin = (): Promise<T> => this.#begin(key, read);
    known.next ??= known.on.then(begin, begin);
    // What was read under a key is of the key's kind.
    return known.next as Promise<T>;
  }

  #begin<T>(key: string, read: () => Promise<T>): Promise<T> {
    const on = read();
    const mine: Read = { on, next: null };
    this.#reads.set(key, mine);
    const forget = (): void => {
      if (mine.next === null) this.#reads.delete(key);
    };
    on.then(forget, forget);
    return on;
  }
}

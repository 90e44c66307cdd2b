import type { Store } from '../../store/index.ts';
import type { Hub } from '../hub.ts';
import { readTokens, type TokensRead } from './append.ts';
import { ACCESS_STREAM } from './events.ts';
import type { StoredToken } from './token.ts';

/**
 * The tokens of the store, kept up to date: one that is revoked anywhere is refused here within moments. While the store
 * is away those that are known go on: what they could change needs the store, too.
 */
export class Directory {
  readonly #store: Store;
  #read: TokensRead | undefined;
  #stop: () => void = () => {};
  #reading: Promise<void> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  async start(hub: Hub): Promise<void> {
    const again = (): void => void this.#refresh().catch(() => {});
    const replaced = (): void => {
      this.#read = undefined;
      again();
    };
    const { stop } = await hub.follow(ACCESS_STREAM, { events: again, replaced });
    this.#stop = stop;
    await this.#refresh();
  }

  find(id: string): StoredToken | undefined {
    return this.#read?.tokens.get(id);
  }

  stop(): void {
    this.#stop();
  }

  /** One reading after the other. */
  #refresh(): Promise<void> {
    const read = this.#reading.then(async () => {
      this.#read = await readTokens(this.#store, this.#read);
    });
    this.#reading = read.catch(() => {});
    return read;
  }
}

import type { Clock } from '../../kernel/index.ts';
import type { Store } from '../../store/index.ts';
import { appendAccess } from './append.ts';
import type { Refusal } from './events.ts';

/** Kinds of refusals in one event. */
const MOST_KINDS = 20;
/** The first refusal after a quiet time is written so soon; after that not more often than every ten seconds. */
const SOON_MS = 1_000;
const BETWEEN_MS = 10_000;
const LONGEST_PATH = 200;

/**
 * Writes every refusal to the log, as many of a kind as one entry with a count: a flood makes six entries a minute and no
 * more. What a crash cuts off is at most the last ten seconds.
 */
export class Audit {
  readonly #store: Store;
  readonly #clock: Clock;
  #pending = new Map<string, Refusal>();
  #more = 0;
  #writtenAt = -Infinity;
  #timer: AbortController | null = null;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  refused(refusal: Omit<Refusal, 'count'>): void {
    const short = { ...refusal, path: refusal.path.slice(0, LONGEST_PATH) };
    const key = Object.values(short).join('\n');
    const known = this.#pending.get(key);
    if (known === undefined && this.#pending.size >= MOST_KINDS) this.#more += 1;
    else this.#pending.set(key, { ...short, count: (known?.count ?? 0) + 1 });
    this.#plan();
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#timer?.abort();
    await this.#write();
  }

  #plan(): void {
    if (this.#timer !== null) return;
    const timer = new AbortController();
    this.#timer = timer;
    const quiet = this.#clock.monotonic() - this.#writtenAt;
    this.#clock.sleep(Math.max(SOON_MS, BETWEEN_MS - quiet), timer.signal).then(
      () => void this.#write(),
      () => {},
    );
  }

  async #write(): Promise<void> {
    this.#timer = null;
    if (this.#pending.size === 0) return;
    const refusals = [...this.#pending.values()];
    const more = this.#more;
    this.#pending = new Map();
    this.#more = 0;
    this.#writtenAt = this.#clock.monotonic();
    try {
      await appendAccess(this.#store, this.#clock, () => [{ kind: 'access.refused', refusals, more }]);
    } catch {
      // The store is away or read-only: a refusal stays one, and is counted with those that come.
      this.#more += more + refusals.reduce((sum, { count }) => sum + count, 0);
    }
  }
}

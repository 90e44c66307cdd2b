import { checkLog } from '../engine/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';

export type LogVerification = {
  readonly schema: 'cutover.log-verification/1';
  readonly stream: string;
  readonly ok: boolean;
  /** The sequence up to which it was read. */
  readonly events: number;
  readonly head: string;
  readonly problems: { readonly code: string; readonly what: string }[];
  readonly at: number;
};

/** All of a log is read for a check: who asks again so soon gets the same answer. Milliseconds. */
const AGE_MS = 10_000;

type Check = { readonly began: number; readonly result: Promise<LogVerification> };

/** Checks of logs, one at a time for each. */
export class LogChecks {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #checks = new Map<string, Check>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws CutoverError what the store says, when it cannot be read */
  of(stream: string): Promise<LogVerification> {
    const now = this.#clock.monotonic();
    const known = this.#checks.get(stream);
    if (known !== undefined && now - known.began < AGE_MS) return known.result;
    const result = this.#check(stream);
    this.#checks.set(stream, { began: now, result });
    result.catch(() => this.#checks.delete(stream));
    return result;
  }

  async #check(stream: string): Promise<LogVerification> {
    const { events, head, problems } = await checkLog(this.#store, stream);
    const ok = problems.length === 0;
    return {
      schema: 'cutover.log-verification/1',
      stream,
      ok,
      events,
      head,
      problems: [...problems],
      at: this.#clock.now(),
    };
  }
}

import { awaitVerified } from '../engine/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import type { Subject } from './catalogue.ts';
import type { ActingPorts } from './world.ts';

export type VerifierOptions = {
  readonly store: Store;
  readonly clock: Clock;
  /** Names this process in the lease. */
  readonly holder: string;
  /** `null` where a controller elsewhere has to verify. */
  readonly portsOf: (subject: Subject) => ActingPorts | null;
  readonly onTrouble: (error: unknown) => void;
};

/**
 * Sees to it that a rollback is verified, also where no controller is on: it stands by for one, and acts only until the last
 * instance has acknowledged.
 */
export class Verifier {
  readonly #options: VerifierOptions;
  readonly #stopped = new AbortController();
  readonly #on = new Map<string, Promise<void>>();
  /** Asked for while one was on: that one may be past its last look already. */
  readonly #again = new Map<string, () => Promise<void>>();

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /** Returns at once. @param timeoutMs after which it is given up; the status then says who is missing */
  verify(subject: Subject, timeoutMs: number): void {
    const { stream } = subject;
    if (this.#stopped.signal.aborted) return;
    const work = (): Promise<void> => this.wait(subject, timeoutMs);
    if (this.#on.has(stream)) this.#again.set(stream, work);
    else this.#on.set(stream, this.#verifyOn(stream, work));
  }

  /** @throws CutoverError `TIMEOUT` with the instances that are missing */
  async wait(subject: Subject, timeoutMs: number): Promise<void> {
    const { store, clock, holder, portsOf } = this.#options;
    const ports = portsOf(subject);
    if (ports === null) return;
    await awaitVerified({
      store,
      clock,
      stream: subject.stream,
      holder,
      ...ports,
      leaseMs: subject.plan.leaseMs,
      timeoutMs,
      signal: this.#stopped.signal,
    });
  }

  async #verifyOn(stream: string, first: () => Promise<void>): Promise<void> {
    for (let work: (() => Promise<void>) | undefined = first; work !== undefined;) {
      await work().catch((error: unknown) => {
        if (!this.#stopped.signal.aborted) this.#options.onTrouble(error);
      });
      work = this.#again.get(stream);
      this.#again.delete(stream);
    }
    this.#on.delete(stream);
  }

  async close(): Promise<void> {
    this.#stopped.abort(new Error('the server ends'));
    await Promise.all(this.#on.values());
  }
}

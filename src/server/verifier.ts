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

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /** Returns at once. @param timeoutMs after which it is given up; the status then says who is missing */
  verify(subject: Subject, timeoutMs: number): void {
    if (this.#on.has(subject.stream) || this.#stopped.signal.aborted) return;
    const verifying = this.wait(subject, timeoutMs)
      .catch((error: unknown) => {
        if (!this.#stopped.signal.aborted) this.#options.onTrouble(error);
      })
      .finally(() => this.#on.delete(subject.stream));
    this.#on.set(subject.stream, verifying);
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

  async close(): Promise<void> {
    this.#stopped.abort(new Error('the server ends'));
    await Promise.all(this.#on.values());
  }
}

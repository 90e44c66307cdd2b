import { awaitVerified, isPassing, type State } from '../engine/index.ts';
import { CutoverError, type Clock } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import type { Subject } from './catalogue.ts';
import type { Hub } from './hub.ts';
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

/** Between two attempts while the store is away. Milliseconds. */
const AGAIN_MS = 1_000;

/**
 * Sees to it that a rollback is verified, also where no controller is on: it stands by for one, and acts only until the last
 * instance has acknowledged. Every server does so for every rollback, whoever asked for it and wherever: the one that was
 * asked may be gone a moment later.
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

  /** Verifies what is taken back from now on, and what was when it began. */
  async follow(hub: Hub, subject: Subject, stateOf: () => Promise<State>): Promise<void> {
    const { clock } = this.#options;
    let seen: number | null = null;
    const look = async (): Promise<void> => {
      while (!this.#stopped.signal.aborted) {
        const state = await stateOf().catch(() => undefined);
        const rollback = state?.rollback ?? null;
        if (rollback?.done === null && rollback.seq !== seen) {
          seen = rollback.seq;
          this.verify(subject);
        }
        if (state !== undefined) return;
        await clock.sleep(AGAIN_MS, this.#stopped.signal).catch(() => {});
      }
    };
    const replaced = (): void => {
      // Another log may have a rollback in the same place.
      seen = null;
      void look();
    };
    await hub.follow(subject.stream, { events: () => void look(), replaced });
    void look();
  }

  /** Returns at once. After twice the budget of the rollback it is given up; the status then says who is missing. */
  verify(subject: Subject): void {
    const { stream, plan } = subject;
    if (this.#stopped.signal.aborted) return;
    const work = (): Promise<void> => this.#waitOut(subject, plan.rollback.budgetMs * 2);
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

  /** A store that is away, or another one that took the lease and may not get to the end, is waited out. */
  async #waitOut(subject: Subject, timeoutMs: number): Promise<void> {
    for (;;) {
      try {
        return await this.wait(subject, timeoutMs);
      } catch (error) {
        const isLost = error instanceof CutoverError && error.code === 'LEASE_LOST';
        if (!isLost && !isPassing(error)) throw error;
        await this.#options.clock.sleep(AGAIN_MS, this.#stopped.signal);
      }
    }
  }

  async close(): Promise<void> {
    this.#stopped.abort(new Error('the server ends'));
    await Promise.all(this.#on.values());
  }
}

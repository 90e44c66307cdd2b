import { checkedDatabases, type DatabaseCheck } from '../plan/index.ts';
import { describeError, type Clock } from '../kernel/index.ts';
import { dueCheck, type CheckedEvent, type CheckMoment, type DatabasePort } from './database-check.ts';
import type { State } from './state.ts';

type Running = {
  readonly moment: CheckMoment;
  readonly abort: AbortController;
};

/** Carries out the check that is due, and forgets it when something else came first. It only reads: doing it again is safe. */
export class RunningCheck {
  readonly #port: DatabasePort | undefined;
  readonly #clock: Clock;
  #running: Running | null = null;
  #result: CheckedEvent | undefined;

  constructor(port: DatabasePort | undefined, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
  }

  /** The result of the check that is due, once there is one. Starts it when it does not run yet. */
  see(state: State): CheckedEvent | undefined {
    const moment = dueCheck(state);
    if (this.#running !== null && this.#running.moment !== moment)
      this.stop(new Error('it is due no longer'));
    if (moment === null) return undefined;
    if (this.#running === null) this.#start(state, moment);
    return this.#result;
  }

  /** Ends it without a result. */
  stop(why: Error): void {
    this.#running?.abort.abort(why);
    this.#running = null;
    this.#result = undefined;
  }

  #start(state: State, moment: CheckMoment): void {
    const names = state.run === null ? [] : checkedDatabases(state.run.plan);
    const abort = new AbortController();
    const began = this.#clock.monotonic();
    void this.#check(names, abort.signal).then((checks) => {
      if (abort.signal.aborted) return;
      const tookMs = Math.round(this.#clock.monotonic() - began);
      this.#result = { kind: 'databases.checked', moment, checks, tookMs };
    });
    this.#running = { moment, abort };
  }

  async #check(names: readonly string[], signal: AbortSignal): Promise<readonly DatabaseCheck[]> {
    const unable = (why: string): readonly DatabaseCheck[] =>
      names.map((database) => ({ database, check: 'integrity_check', findings: [why], tookMs: 0 }));
    // What nobody looked at is not sound.
    if (this.#port === undefined) return unable('this controller cannot look at databases');
    try {
      return await this.#port.check(names, signal);
    } catch (error) {
      return unable(describeError(error));
    }
  }
}

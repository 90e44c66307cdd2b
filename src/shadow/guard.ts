import { CutoverError } from '../kernel/index.ts';
import type { GuardOf, RepositoryGuard, Strikes } from '../repository/index.ts';

/** When an instance takes a repository back by itself. */
export type GuardOptions = {
  /** How many of the candidate's last calls are looked at. @default 20 */
  readonly of?: number;
  /** So many failures among them trip it. @default 10 */
  readonly failures?: number;
  /**
   * So many ends of this instance's process, each while the candidate was in use and asked for by nobody, trip it when
   * the process starts. 0: none are kept. Only with a source that remembers them, as that of `cutover/node` does.
   * @default 2
   */
  readonly strikes?: number;
  /** An end that is longer ago counts no more, milliseconds; a day at most. @default an hour */
  readonly strikeMs?: number;
};

type Limits = Required<GuardOptions>;

const HOUR_MS = 3_600_000;

/**
 * The instance takes a repository to its fail side by itself, with the call that makes it so many failures among the
 * candidate's last ones: no controller and no store is asked. A candidate that ends the process is remembered on disk,
 * and what starts again begins on the fail side. It stays there until the repository was taken back.
 *
 * @throws CutoverError `GUARD_INVALID` for numbers that cannot be
 * @example
 * const cutover = createCutover(plan, { source, guard: guard({ of: 20, failures: 10 }) });
 */
export function guard(options: GuardOptions = {}): GuardOf {
  const limits: Limits = { of: 20, failures: 10, strikes: 2, strikeMs: HOUR_MS, ...options };
  const { of, failures, strikes, strikeMs } = limits;
  if (![of, failures, strikes].every(Number.isInteger) || failures < 1 || failures > of || of > 1_000) {
    throw new CutoverError('GUARD_INVALID', `guard: ${failures} failures of the last ${of} calls cannot be`, {
      hint: 'both are whole, 1 <= failures <= of <= 1000',
    });
  }
  if (!(strikes >= 0 && strikes <= 10 && strikeMs > 0 && strikeMs <= 24 * HOUR_MS)) {
    throw new CutoverError('GUARD_INVALID', `guard: ${strikes} strikes within ${strikeMs} ms cannot be`, {
      hint: 'strikes are whole, 0 to 10, within a day at most',
    });
  }
  return (repository, source, tripped) =>
    new LastCalls(
      limits,
      strikes === 0 ? undefined : source.strikes?.(repository),
      source.clock.now(),
      tripped,
    );
}

/** The candidate's last calls of one repository, and what its calls did to this process before. */
class LastCalls implements RepositoryGuard {
  readonly #limits: Limits;
  readonly #strikes: Strikes | undefined;
  readonly #trip: () => void;
  readonly #last: boolean[] = [];
  #next = 0;
  #failed = 0;
  /** How many strikes tripped it. */
  #struck: number;
  tripped: boolean;

  /** @param now wall clock, milliseconds: strikes are of earlier processes */
  constructor(limits: Limits, strikes: Strikes | undefined, now: number, trip: () => void) {
    this.#limits = limits;
    this.#strikes = strikes;
    this.#trip = trip;
    this.#struck = (strikes?.at ?? []).filter((at) => now - at < limits.strikeMs).length;
    this.tripped = strikes !== undefined && this.#struck >= limits.strikes;
  }

  get why(): string {
    const { of, failures, strikes } = this.#limits;
    return this.#struck >= strikes && strikes > 0
      ? `${this.#struck} times this process ended while the candidate was in use`
      : `${failures} of the candidate's last ${of} calls failed`;
  }

  began(): void {
    this.#strikes?.began();
  }

  ended(isFailure: boolean): void {
    this.#strikes?.ended();
    if (this.#last[this.#next] === true) this.#failed -= 1;
    if (isFailure) this.#failed += 1;
    this.#last[this.#next] = isFailure;
    this.#next = (this.#next + 1) % this.#limits.of;
    if (this.tripped || this.#failed < this.#limits.failures) return;
    this.tripped = true;
    this.#trip();
  }

  shadowEnded(): void {
    this.#strikes?.ended();
  }

  reset(): void {
    this.#last.length = 0;
    this.#next = this.#failed = this.#struck = 0;
    this.tripped = false;
    this.#strikes?.clear();
  }
}

import { CutoverError } from '../kernel/index.ts';
import type { GuardOf, RepositoryGuard } from '../repository/index.ts';

/** When an instance takes a repository back by itself. */
export type GuardOptions = {
  /** How many of the candidate's last calls are looked at. @default 20 */
  readonly of?: number;
  /** So many failures among them trip it. @default 10 */
  readonly failures?: number;
};

/**
 * The instance takes a repository to its fail side by itself, with the call that makes it so many failures among the
 * candidate's last ones: no controller and no store is asked. It stays there until the repository was taken back.
 *
 * @throws CutoverError `GUARD_INVALID` for numbers that cannot be
 * @example
 * const cutover = createCutover(plan, { source, guard: guard({ of: 20, failures: 10 }) });
 */
export function guard({ of = 20, failures = 10 }: GuardOptions = {}): GuardOf {
  const areWhole = Number.isInteger(of) && Number.isInteger(failures);
  if (!areWhole || failures < 1 || failures > of || of > 1_000) {
    throw new CutoverError('GUARD_INVALID', `guard: ${failures} failures of the last ${of} calls cannot be`, {
      hint: 'both are whole, 1 <= failures <= of <= 1000',
    });
  }
  return () => new LastCalls(of, failures);
}

/** The candidate's last calls of one repository. Trips once; `reset` arms it again. */
class LastCalls implements RepositoryGuard {
  readonly #of: number;
  readonly #failures: number;
  readonly #last: boolean[] = [];
  #next = 0;
  #failed = 0;
  tripped = false;

  constructor(of: number, failures: number) {
    this.#of = of;
    this.#failures = failures;
  }

  get why(): string {
    return `${this.#failures} of the candidate's last ${this.#of} calls failed`;
  }

  ended(isFailure: boolean): boolean {
    if (this.#last[this.#next] === true) this.#failed -= 1;
    if (isFailure) this.#failed += 1;
    this.#last[this.#next] = isFailure;
    this.#next = (this.#next + 1) % this.#of;
    if (this.tripped || this.#failed < this.#failures) return false;
    this.tripped = true;
    return true;
  }

  reset(): void {
    this.#last.length = 0;
    this.#next = this.#failed = 0;
    this.tripped = false;
  }
}

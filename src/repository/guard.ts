/** When an instance takes a repository back by itself. */
export type GuardOptions = {
  /** How many of the candidate's last calls are looked at. @default 20 */
  readonly of?: number;
  /** So many failures among them trip it. @default 10 */
  readonly failures?: number;
};

/** The candidate's last calls of one repository. Trips once; `reset` arms it again. */
export class Guard {
  readonly of: number;
  readonly failures: number;
  readonly #last: boolean[] = [];
  #next = 0;
  #failed = 0;
  tripped = false;

  constructor({ of = 20, failures = 10 }: GuardOptions) {
    this.of = of;
    this.failures = failures;
  }

  /** A call of the candidate ended. @returns whether that tripped it */
  ended(isFailure: boolean): boolean {
    if (this.#last[this.#next] === true) this.#failed -= 1;
    if (isFailure) this.#failed += 1;
    this.#last[this.#next] = isFailure;
    this.#next = (this.#next + 1) % this.of;
    if (this.tripped || this.#failed < this.failures) return false;
    this.tripped = true;
    return true;
  }

  reset(): void {
    this.#last.length = 0;
    this.#next = this.#failed = 0;
    this.tripped = false;
  }
}

/** So many calls have to be known before their p95 says something. */
const LEAST = 20;
const KEPT = 128;
/** The p95 is found anew after so many calls. */
const EVERY = 32;

export type DeadlineOptions = {
  /** Times control's p95. */
  readonly times: number;
  /** Milliseconds. */
  readonly least: number;
  readonly most: number;
};

export const DEADLINE: DeadlineOptions = { times: 4, least: 100, most: 1_000 };

/** How long a shadow may take: a multiple of control's own p95, within bounds. Until that is known, the upper one. */
export class Deadline {
  readonly #options: DeadlineOptions;
  readonly #recent = new Float64Array(KEPT);
  #seen = 0;
  #ms: number;

  constructor(options: DeadlineOptions) {
    this.#options = options;
    this.#ms = options.most;
  }

  get ms(): number {
    return this.#ms;
  }

  /** Control took so long. */
  control(ms: number): void {
    this.#recent[this.#seen % KEPT] = ms;
    this.#seen += 1;
    if (this.#seen < LEAST || this.#seen % EVERY !== 0) return;
    const sorted = this.#recent.slice(0, this.#seen).sort();
    const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
    const { times, least, most } = this.#options;
    this.#ms = Math.min(most, Math.max(least, times * p95));
  }
}

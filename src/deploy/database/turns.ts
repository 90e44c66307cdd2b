/** Lets so many work at a time; the others wait for their turn, in order. */
export class Turns {
  readonly #most: number;
  #working = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#working += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The turn is handed on, so that nobody who comes now goes before who waits.
      if (next === undefined) this.#working -= 1;
      else next();
    }
  }
}

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What can be made wrong with one repository of the candidate while it runs. */
type Knobs = {
  /** Share of calls that fail, 0..1. */
  readonly failRate?: number;
  /** Extra time of every call, milliseconds. */
  readonly slowMs?: number;
};

const POLL_MS = 100;

/** Knobs by repository, read again and again from a JSON file: `{ "bike": { "failRate": 0.1 } }`. */
export class Faults {
  readonly #file: string | undefined;
  #knobs: Readonly<Record<string, Knobs>> = {};

  constructor(file: string | undefined) {
    this.#file = file;
    this.#read();
    if (file !== undefined) setInterval(() => this.#read(), POLL_MS).unref();
  }

  /** The repositories, each of whose calls first asks the knobs. */
  around<R extends Readonly<Record<string, object>>>(repositories: R): R {
    const wrapped = Object.entries(repositories).map(([name, one]) => [name, this.#wrap(name, one)]);
    return Object.fromEntries(wrapped) as R;
  }

  #wrap(name: string, repository: object): object {
    return new Proxy(repository, {
      get: (target, key, receiver) => {
        const method: unknown = Reflect.get(target, key, receiver);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          const { failRate = 0, slowMs = 0 } = this.#knobs[name] ?? {};
          if (slowMs > 0) await sleep(slowMs);
          if (Math.random() < failRate)
            throw Object.assign(new Error('injected by the demonstration'), { name: 'DrizzleQueryError' });
          return Reflect.apply(method, target, args);
        };
      },
    });
  }

  #read(): void {
    if (this.#file === undefined) return;
    try {
      this.#knobs = JSON.parse(readFileSync(this.#file, 'utf8')) as Readonly<Record<string, Knobs>>;
    } catch {
      this.#knobs = {};
    }
  }
}

import { CutoverError, type Clock } from '../kernel/index.ts';
import type { SharedReads } from './shared-reads.ts';

/** Instances of one migration in one environment. A name more is a row more, for good. */
const MOST_INSTANCES = 10_000;
/** How long the names that were read are taken for those that there are. Milliseconds. */
const NAMES_AGE_MS = 5_000;

type Names = { readonly names: Set<string>; readonly at: number };

/** Keeps a token of instances from filling the store with names. */
export class Fleets {
  readonly #reads: SharedReads;
  readonly #clock: Clock;
  readonly #known = new Map<string, Names>();

  constructor(reads: SharedReads, clock: Clock) {
    this.#reads = reads;
    this.#clock = clock;
  }

  /** @throws CutoverError `TOO_MANY_REQUESTS` for one more than there may be */
  async admit(stream: string, instance: string): Promise<void> {
    if (this.#known.get(stream)?.names.has(instance) === true) return;
    const { names } = await this.#read(stream);
    if (!names.has(instance) && names.size >= MOST_INSTANCES)
      throw new CutoverError(
        'TOO_MANY_REQUESTS',
        `${stream} has ${names.size} instances, and one more is beyond ${MOST_INSTANCES}`,
        { hint: 'give instances stable names: CUTOVER_INSTANCE' },
      );
    names.add(instance);
  }

  async #read(stream: string): Promise<Names> {
    const known = this.#known.get(stream);
    const now = this.#clock.monotonic();
    if (known !== undefined && now - known.at < NAMES_AGE_MS) return known;
    const rows = await this.#reads.instances(stream);
    const read = { names: new Set(rows.map(({ instance }) => instance)), at: now };
    this.#known.set(stream, read);
    return read;
  }
}

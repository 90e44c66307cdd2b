import { CutoverError, type Clock } from '../kernel/index.ts';
import { MOST_REPORT_BYTES } from '../wire/index.ts';
import { Buckets } from './access/bucket.ts';
import type { SharedReads } from './shared-reads.ts';

/** Instances of one migration in one environment. A name more is a row more, for good. */
const MOST_INSTANCES = 10_000;
/** How long the names that were read are taken for those that there are. Milliseconds. */
const NAMES_AGE_MS = 5_000;

type Names = { readonly names: Set<string>; readonly at: number };

/** Telemetry of one instance: twenty times what a busy one counts. Bytes. */
const TELEMETRY = { burst: 4 * MOST_REPORT_BYTES, perSecond: 100_000 };
/** Of all places of one name that cannot acknowledge: a function has as many as it is asked by. Bytes. */
const PLACES = { burst: 50 * MOST_REPORT_BYTES, perSecond: 10_000_000 };

/** Keeps instances from filling the store, with names or with what they count. */
export class Fleets {
  readonly #reads: SharedReads;
  readonly #clock: Clock;
  readonly #known = new Map<string, Names>();
  readonly #telemetry = new Buckets(TELEMETRY);
  readonly #places = new Buckets(PLACES);

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

  /** @throws CutoverError `TOO_MANY_REQUESTS` for more telemetry than is kept of one instance */
  weigh(stream: string, instance: string, bytes: number, isPlace: boolean): void {
    const rate = isPlace ? PLACES : TELEMETRY;
    const buckets = isPlace ? this.#places : this.#telemetry;
    if (buckets.take(`${stream} ${instance}`, this.#clock.monotonic(), bytes)) return;
    throw new CutoverError(
      'TOO_MANY_REQUESTS',
      `${instance} sends more telemetry than ${rate.perSecond} bytes a second, the last time ${bytes}`,
      { hint: 'a report without telemetry is taken; count less: fewer operations, routes, samples' },
    );
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

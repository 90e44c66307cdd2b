import { parseDuration, type Duration } from '../kernel/index.ts';
import { flagNames, type PlanInput } from '../plan/index.ts';
import type { Agent, Source } from '../repository/index.ts';
import { between } from './between.ts';
import { FULL_EXPOSURE, type ExposureUnit, type FlagState, type RoutingState } from '../route/index.ts';

/** The part of an OpenFeature client that is asked. */
export type FlagClient = {
  getNumberDetails(flag: string, otherwise: number, context: FlagContext): Promise<FlagAnswer<number>>;
  getBooleanDetails(flag: string, otherwise: boolean, context: FlagContext): Promise<FlagAnswer<boolean>>;
};

type FlagContext = { readonly targetingKey: string; readonly environment: string };
type FlagAnswer<T> = { readonly value: T; readonly errorCode?: string; readonly errorMessage?: string };

export type ExposureFromOptions = {
  /** What the percentage is a share of. @default 'users' */
  readonly of?: Exclude<ExposureUnit, 'instances'>;
  /** How often the client is asked. @default '5s' */
  readonly every?: Duration;
  /** How long its last good answer counts when it fails. After that the flag has no opinion. @default '1m' */
  readonly keep?: Duration;
};

type Known = { readonly exposure: number; readonly at: number };

/**
 * A source whose exposure comes from an OpenFeature client, for a team that keeps LaunchDarkly, Unleash or flagd for its
 * percentages: a number 0..100 or a boolean, under the names of the plan's flags. Our own flags come first: a kill
 * always wins, and so does an exposure that a run or a person has set, of the repository or of all; the client decides where
 * both are `unset`. It is asked every few seconds, never by a call.
 *
 * What the client can't answer, or answers with no percentage, counts as its last good answer for as long as `keep`, and
 * as no opinion after that. It is named in the instance's notes, which `cutover status` shows.
 *
 * @throws CutoverError `USAGE` when a duration is none
 * @example
 * const source = exposureFrom(OpenFeature.getClient(), plan, nodeSource(plan, { environment: 'production' }));
 * const cutover = createCutover(plan, { source });
 */
export function exposureFrom(
  client: FlagClient,
  plan: Pick<PlanInput, 'id' | 'flag' | 'repositories'>,
  source: Source,
  { of = 'users', every = '5s', keep = '1m' }: ExposureFromOptions = {},
): Source {
  const everyMs = parseDuration(every);
  const asked = new Exposures(client, plan, source, parseDuration(keep));
  let agent: Agent | undefined;
  const amend = (): void => agent?.amend((state) => asked.amend(state, of));
  const look = async (): Promise<void> => {
    // What is too old goes also while the client does not answer.
    amend();
    await asked.ask();
    amend();
  };
  let stop = (): void => {};
  const watched = between(
    source,
    (to) => {
      agent = to;
      return {
        status: () => {
          const status = to.status();
          return { ...status, notes: [...status.notes, ...asked.notes()] };
        },
      };
    },
    {
      refresh: async () => {
        await source.refresh();
        await look();
      },
      close: () => {
        stop();
        return source.close();
      },
    },
  );
  return {
    ...watched,
    connect(to) {
      watched.connect(to);
      stop = source.clock.every(everyMs, () => void look());
      void look();
    },
  };
}

/** What a client has said about the flags of a plan. */
class Exposures {
  readonly #client: FlagClient;
  readonly #source: Pick<Source, 'clock' | 'instance' | 'environment'>;
  readonly #flags: readonly string[];
  readonly #flagOf: Readonly<Record<string, string>>;
  readonly #global: string;
  readonly #keepMs: number;
  readonly #known = new Map<string, Known>();
  readonly #trouble = new Map<string, string>();
  #asking: Promise<unknown> | undefined;

  constructor(
    client: FlagClient,
    plan: Pick<PlanInput, 'id' | 'flag' | 'repositories'>,
    source: Pick<Source, 'clock' | 'instance' | 'environment'>,
    keepMs: number,
  ) {
    const names = flagNames(plan);
    this.#client = client;
    this.#source = source;
    this.#global = names.global.name;
    this.#flagOf = Object.fromEntries(
      Object.entries(names.repositories).map(([name, flag]) => [name, flag.name]),
    );
    this.#flags = [this.#global, ...Object.values(this.#flagOf)];
    this.#keepMs = keepMs;
  }

  /** One question at a time: a client that hangs is not asked again until it answers. */
  async ask(): Promise<void> {
    this.#asking ??= Promise.all(this.#flags.map((flag) => this.#askOne(flag))).finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
  }

  amend(state: RoutingState, of: ExposureUnit): RoutingState {
    if (state.global.exposure !== 'unset' || state.global.killed !== false) return state;
    const amended = (flag: FlagState, name: string): FlagState => {
      const exposure = this.#exposure(name);
      const isOurs = flag.killed !== false || flag.exposure !== 'unset';
      return isOurs || exposure === undefined ? flag : { ...flag, exposure, of };
    };
    const repositories = Object.entries(state.repositories).map(([name, flag]) => [
      name,
      amended(flag, this.#flagOf[name] ?? name),
    ]);
    return {
      ...state,
      global: amended(state.global, this.#global),
      repositories: Object.fromEntries(repositories) as RoutingState['repositories'],
    };
  }

  notes(): readonly string[] {
    return [...this.#trouble].map(([flag, why]) => `OpenFeature gives no exposure for ${flag}: ${why}`);
  }

  #exposure(flag: string): number | undefined {
    const known = this.#known.get(flag);
    if (known === undefined || this.#source.clock.monotonic() - known.at > this.#keepMs) return undefined;
    return known.exposure;
  }

  async #askOne(flag: string): Promise<void> {
    const { instance: targetingKey, environment, clock } = this.#source;
    try {
      const answer = await this.#evaluate(flag, { targetingKey, environment });
      if (typeof answer === 'string') {
        this.#trouble.set(flag, answer);
        return;
      }
      this.#known.set(flag, { exposure: answer, at: clock.monotonic() });
      this.#trouble.delete(flag);
    } catch (error) {
      this.#trouble.set(flag, error instanceof Error ? error.message : String(error));
    }
  }

  /** @returns the exposure, 0..10000, or why there is none */
  async #evaluate(flag: string, context: FlagContext): Promise<number | string> {
    const number = await this.#client.getNumberDetails(flag, Number.NaN, context);
    if (number.errorCode === undefined) return exposureOf(number.value);
    if (number.errorCode === 'FLAG_NOT_FOUND') this.#known.delete(flag);
    if (number.errorCode !== 'TYPE_MISMATCH') return number.errorMessage ?? number.errorCode;
    const boolean = await this.#client.getBooleanDetails(flag, false, context);
    if (boolean.errorCode !== undefined) return 'it is neither a number nor a boolean';
    return boolean.value ? FULL_EXPOSURE : 0;
  }
}

function exposureOf(percent: number): number | string {
  return percent >= 0 && percent <= 100 ? Math.round(percent * 100) : `${percent} is outside 0..100`;
}

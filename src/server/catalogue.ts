import {
  activeRun,
  barePlan,
  evolveHands,
  fromStored,
  loadState,
  migrationStreams,
  NO_HANDS,
  streamOf,
  type Hands,
  type State,
} from '../engine/index.ts';
import { CutoverError, suggest, type Clock } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';
import {
  EMPTY_CHRONICLE,
  evolveChronicle,
  isDrawn,
  LongHistory,
  MismatchReader,
  StatusReader,
  TelemetryHistory,
  type Chronicle,
  type Mismatches,
  type StatusDocument,
} from '../report/index.ts';
import type { Store, StoredEvent } from '../store/index.ts';
import { FoldedLog } from './folded-log.ts';

/** A plan that a configuration has. */
export type ConfiguredPlan = { readonly plan: Plan; readonly hash: string };

export type Place = { readonly migration: string; readonly environment: string };

/** One migration in one environment. */
export type Subject = Place & {
  readonly stream: string;
  /** The configuration's, else what the log has. */
  readonly plan: Plan;
  readonly planHash: string;
  readonly isConfigured: boolean;
};

/** A status that was just read is good enough for whoever asks at the same moment. Milliseconds. */
const STATUS_AGE_MS = 500;
/** All of the telemetry is read for it: once, however many look. Milliseconds. */
const MISMATCHES_AGE_MS = 5_000;

type Reading = {
  readonly reader: StatusReader;
  readonly history: TelemetryHistory;
  readonly long: LongHistory;
  readonly mismatches: MismatchReader;
  read: { readonly at: number; readonly status: Promise<StatusDocument> } | null;
  found: { readonly at: number; readonly since: number; readonly mismatches: Promise<Mismatches> } | null;
  readonly hands: FoldedLog<Hands>;
  readonly chronicle: FoldedLog<Chronicle>;
  readonly drawn: FoldedLog<readonly StoredEvent[]>;
};

/** The migrations of a store: those of the configuration, and those that only the log has. */
export class Catalogue {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #configured: readonly ConfiguredPlan[];
  readonly #readings = new Map<string, Reading>();
  /** Of migrations that only the log has, which is where their plan is: every request and report asks for it. */
  readonly #states = new Map<string, State>();

  constructor(store: Store, clock: Clock, configured: readonly ConfiguredPlan[]) {
    this.#store = store;
    this.#clock = clock;
    this.#configured = configured;
  }

  async places(): Promise<readonly Place[]> {
    const planned = this.#planned();
    const known = new Set(planned.map(({ migration, environment }) => streamOf(migration, environment)));
    const logged = (await migrationStreams(this.#store)).filter((stream) => !known.has(stream));
    return [...planned, ...logged.map(placeOf)];
  }

  /** Those of the configuration. */
  configured(): Promise<readonly Subject[]> {
    return Promise.all(this.#planned().map((place) => this.find(place.migration, place.environment)));
  }

  #planned(): readonly Place[] {
    return this.#configured.flatMap(({ plan }) =>
      plan.environments.map(({ name }) => ({ migration: plan.id, environment: name })),
    );
  }

  /** @throws CutoverError `UNKNOWN_MIGRATION` with the nearest name */
  async find(migration: string, environment: string): Promise<Subject> {
    const stream = streamOf(migration, environment);
    const configured = this.#configured.find(({ plan }) => plan.id === migration);
    const place = { migration, environment, stream };
    if (configured?.plan.environments.some(({ name }) => name === environment) === true)
      return { ...place, plan: configured.plan, planHash: configured.hash, isConfigured: true };
    const names = (await this.places()).map((one) => streamOf(one.migration, one.environment));
    if (names.includes(stream))
      return { ...place, ...planOf(await this.#logged(stream)), isConfigured: false };
    const near = suggest(stream, names);
    throw new CutoverError('UNKNOWN_MIGRATION', `there is no migration ${stream} here`, {
      hint: near === undefined ? 'see /api/v1/migrations' : `did you mean ${near}?`,
    });
  }

  /** A log that was replaced since is read again from its beginning. */
  async #logged(stream: string): Promise<State> {
    const state = await loadState(this.#store, stream, this.#states.get(stream)).catch(() =>
      loadState(this.#store, stream),
    );
    this.#states.set(stream, state);
    return state;
  }

  /** Whether a migration was ever registered: whoever reports for another one is refused. */
  async isRegistered(subject: Subject): Promise<boolean> {
    return subject.isConfigured || (await this.state(subject)).registration !== null;
  }

  async state(subject: Subject): Promise<State> {
    return this.#reading(subject, ({ reader }) => reader.state());
  }

  /** The status, at most half a second old. */
  async status(subject: Subject): Promise<StatusDocument> {
    return this.#reading(subject, (reading) => {
      const now = this.#clock.monotonic();
      if (reading.read === null || now - reading.read.at > STATUS_AGE_MS)
        reading.read = { at: now, status: reading.reader.read() };
      return reading.read.status;
    });
  }

  /** As it is now, for the answer to whoever has just changed it. */
  async freshStatus(subject: Subject): Promise<StatusDocument> {
    return this.#reading(subject, (reading) => {
      reading.read = null;
      return reading.reader.read();
    });
  }

  /** The telemetry that is kept, up to now. */
  async history(subject: Subject): Promise<TelemetryHistory> {
    return this.#reading(subject, async ({ history }) => {
      await history.catchUp(await this.#store.now());
      return history;
    });
  }

  /** What was folded of it, for longer than telemetry itself is kept. */
  async long(subject: Subject): Promise<LongHistory> {
    return this.#reading(subject, ({ long }) => Promise.resolve(long));
  }

  /** What the shadow saw in the newest run, or as long as it is known before the first one; at most five seconds old. */
  async mismatches(subject: Subject): Promise<Mismatches> {
    const since = (await this.state(subject)).run?.startedAt ?? 0;
    return this.#reading(subject, (reading) => {
      const now = this.#clock.monotonic();
      const { found } = reading;
      if (found?.since === since && now - found.at <= MISMATCHES_AGE_MS) return found.mismatches;
      reading.found = { at: now, since, mismatches: reading.mismatches.read(since) };
      return reading.found.mismatches;
    });
  }

  /** What charts draw of the log, oldest first. */
  async drawn(subject: Subject): Promise<readonly StoredEvent[]> {
    return this.#reading(subject, ({ drawn }) => drawn.read());
  }

  /** Who had a hand in the newest run and its plan. */
  async hands(subject: Subject): Promise<Hands> {
    return this.#reading(subject, ({ hands }) => hands.read());
  }

  /** What happened in short, up to now. */
  async chronicle(subject: Subject): Promise<Chronicle> {
    return this.#reading(subject, ({ chronicle }) => chronicle.read());
  }

  /** What was read of a log that was replaced since is forgotten, and whoever asks is answered from the one that is there. */
  async #reading<T>(subject: Subject, work: (reading: Reading) => Promise<T>): Promise<T> {
    const { stream } = subject;
    const known = this.#readings.get(stream);
    const reading = known ?? this.#newReading(subject);
    this.#readings.set(stream, reading);
    try {
      return await work(reading);
    } catch (error) {
      if (this.#readings.get(stream) === reading) this.#readings.delete(stream);
      const isOther = error instanceof CutoverError && error.code === 'LOG_BROKEN';
      if (!isOther || known === undefined) throw error;
      return this.#reading(subject, work);
    }
  }

  #folded<T>(stream: string, empty: T, evolve: (value: T, event: StoredEvent) => T): FoldedLog<T> {
    return new FoldedLog({ store: this.#store, clock: this.#clock, stream, empty, evolve });
  }

  #newReading({ stream, plan, environment }: Subject): Reading {
    return {
      reader: new StatusReader(this.#store, this.#clock, plan, environment),
      history: new TelemetryHistory(this.#store, this.#clock, stream),
      long: new LongHistory(this.#store, this.#clock, stream),
      mismatches: new MismatchReader(this.#store, this.#clock, stream),
      read: null,
      found: null,
      hands: this.#folded(stream, NO_HANDS, (hands, stored) => evolveHands(hands, fromStored(stored))),
      chronicle: this.#folded(stream, EMPTY_CHRONICLE, (chronicle, stored) =>
        evolveChronicle(chronicle, fromStored(stored), stored),
      ),
      drawn: this.#folded<readonly StoredEvent[]>(stream, [], (drawn, stored) =>
        isDrawn(stored) ? [...drawn, stored] : drawn,
      ),
    };
  }
}

function placeOf(stream: string): Place {
  const [migration = '', environment = ''] = stream.split('/');
  return { migration, environment };
}

function planOf(state: State): { readonly plan: Plan; readonly planHash: string } {
  const run = activeRun(state) ?? state.run;
  if (run !== null) return { plan: run.plan, planHash: run.planHash };
  if (state.registration === null)
    throw new CutoverError('UNKNOWN_MIGRATION', `${state.stream} was never registered`);
  return { plan: barePlan(state.registration, [state.registration.environment]), planHash: '' };
}

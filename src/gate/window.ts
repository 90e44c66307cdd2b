import {
  mergeSketches,
  quantile,
  type GaugeName,
  type SeenError,
  type OperationBatch,
  type ShadowBatch,
  type SketchData,
  type TelemetryBatch,
} from '../measure/index.ts';

/**
 * The recent telemetry of a stream, by the monotonic time at which the controller read it. Instances' clocks are
 * not looked at, so a clock that jumps or differs changes no measure.
 */
export type Window = {
  add(instance: string, batch: TelemetryBatch, arrivedAt: number): void;
  /** Forgets everything: after a change of exposure the past says nothing. */
  clear(now: number): void;
  /** When the newest batch arrived; without any, since when one has been waited for. */
  newest(): number;
  /** Counts and latencies of each side since `from`, of the given repositories or of all. */
  calls(from: number, repositories: readonly string[] | null): Sides;
  /** The newest batch's number; batches are numbered as they are added, from 1. */
  last(): number;
  /** Each repository's calls after the batch with this number, for counting that must see nothing twice. */
  repositoriesAfter(number: number, repositories: readonly string[] | null): readonly Sides[];
  /** The repositories, of these or of all, in which the candidate answered since `from`: only there are there two sides. */
  exposed(from: number, repositories: readonly string[] | null): readonly string[];
  /** The same as `repositoriesAfter` of each instance, repositories together. */
  instancesAfter(number: number, repositories: readonly string[] | null): ReadonlyMap<string, Sides>;
  /** The reports themselves after that one, each with whether the one before it of its instance is of the same epoch. */
  reportsAfter(number: number): readonly Report[];
  /** Reads in the shadow since `from`, of the given repositories or of all. */
  shadowed(from: number, repositories: readonly string[] | null): Shadowed;
  /** The same after the batch with this number, for each repository. */
  shadowedAfter(number: number, repositories: readonly string[] | null): readonly Shadowed[];
  /** Points of a gauge since `from`, by instance, with the side that the instance served. */
  gauge(from: number, name: GaugeName): readonly GaugeSeries[];
  /** The same telemetry with something else in the place of calls. */
  reading(read: (batch: TelemetryBatch) => readonly OperationBatch[]): Window;
};

export type Calls = {
  readonly calls: number;
  readonly errors: number;
  readonly latency: SketchData;
  readonly fingerprints: readonly SeenError[];
};

export type Sides = Readonly<Record<'control' | 'candidate', Calls>>;

/**
 * @property differed those with another answer, and those that failed alone
 * @property noise how many of the compared differ from themselves where they were counted as different; no whole number
 */
export type Shadowed = { readonly compared: number; readonly differed: number; readonly noise: number };

export type GaugeSeries = {
  readonly instance: string;
  /** An instance that answered at least one call by the candidate counts as candidate; one that answered none at all as idle. */
  readonly side: 'control' | 'candidate' | 'idle';
  readonly points: readonly (readonly [time: number, value: number])[];
};

export type Report = {
  readonly instance: string;
  readonly batch: TelemetryBatch;
  /** All of its calls began under one routing state, as far as anybody can know. */
  readonly isOfOneEpoch: boolean;
};

type Entry = {
  readonly number: number;
  readonly instance: string;
  readonly batch: TelemetryBatch;
  readonly at: number;
};

/**
 * @param keepMs how far back `calls` and `gauge` may be asked, milliseconds
 * @param began monotonic milliseconds
 */
export function createWindow(keepMs: number, began: number): Window {
  let entries: Entry[] = [];
  let since = began;
  let number = 0;
  const newer = (than: number): readonly Entry[] => entries.filter((entry) => entry.number > than);
  const after = (from: number): readonly Entry[] => entries.filter(({ at }) => at >= from);
  const window: Window = {
    add(instance, batch, at) {
      number += 1;
      entries.push({ number, instance, batch, at });
      if (entries.length % 256 === 0) entries = entries.filter((entry) => entry.at >= at - keepMs);
    },
    clear(now) {
      entries = [];
      since = now;
    },
    newest: () => entries.at(-1)?.at ?? since,
    last: () => number,
    reportsAfter: (than) => reports(entries, than),
    shadowed: (from, repositories) =>
      sumShadowed(
        after(from).flatMap(({ batch }) => batch.shadow ?? []),
        repositories,
      ),
    shadowedAfter: (than, repositories) => {
      const batches = newer(than).flatMap(({ batch }) => batch.shadow ?? []);
      return [...new Set(batches.map(({ repository }) => repository))]
        .filter((name) => repositories === null || repositories.includes(name))
        .toSorted()
        .map((name) => sumShadowed(batches, [name]));
    },
    gauge: (from, name) => gaugeSeries(after(from), name),
    ...callsOf(newer, after, ({ operations }) => operations),
    reading: (read) => ({ ...window, ...callsOf(newer, after, read) }),
  };
  return window;
}

type Read = (batch: TelemetryBatch) => readonly OperationBatch[];

function callsOf(
  newer: (than: number) => readonly Entry[],
  after: (from: number) => readonly Entry[],
  read: Read,
): Pick<Window, 'calls' | 'repositoriesAfter' | 'exposed' | 'instancesAfter'> {
  const operations = (entries: readonly Entry[]): readonly OperationBatch[] =>
    entries.flatMap(({ batch }) => read(batch));
  return {
    calls: (from, repositories) => sumCalls(operations(after(from)), repositories),
    repositoriesAfter: (than, repositories) => {
      const all = operations(newer(than));
      return namesIn(all, repositories, 'either').map((name) => sumCalls(all, [name]));
    },
    exposed: (from, repositories) => namesIn(operations(after(from)), repositories, 'candidate'),
    instancesAfter: (than, repositories) =>
      new Map(
        [...Map.groupBy(newer(than), ({ instance }) => instance)].map(([instance, mine]) => [
          instance,
          sumCalls(operations(mine), repositories),
        ]),
      ),
  };
}

function namesIn(
  operations: readonly OperationBatch[],
  repositories: readonly string[] | null,
  wanted: 'candidate' | 'either',
): readonly string[] {
  const names = operations
    .filter(({ side, calls }) => calls > 0 && (wanted === 'either' || side === wanted))
    .map(({ repository }) => repository)
    .filter((name) => repositories === null || repositories.includes(name));
  return [...new Set(names)].toSorted();
}

function sumCalls(all: readonly OperationBatch[], repositories: readonly string[] | null): Sides {
  const operations = all.filter(
    ({ repository }) => repositories === null || repositories.includes(repository),
  );
  const side = (wanted: 'control' | 'candidate'): Calls => {
    const mine = operations.filter((operation) => operation.side === wanted);
    return {
      calls: mine.reduce((sum, { calls }) => sum + calls, 0),
      errors: mine.reduce((sum, { errors }) => sum + errors, 0),
      latency: mergeSketches(mine.map(({ latency }) => latency)),
      fingerprints: sumErrors(mine.flatMap(({ fingerprints }) => fingerprints)),
    };
  };
  return { control: side('control'), candidate: side('candidate') };
}

function reports(entries: readonly Entry[], than: number): readonly Report[] {
  const epochs = new Map<string, number>();
  return entries.flatMap(({ number, instance, batch }) => {
    const isOfOneEpoch = epochs.get(instance) === batch.epoch;
    epochs.set(instance, batch.epoch);
    return number > than ? [{ instance, batch, isOfOneEpoch }] : [];
  });
}

/** Each distinct error once: how often, and where it was thrown the first time. */
function sumErrors(seen: readonly SeenError[]): readonly SeenError[] {
  return [...Map.groupBy(seen, ({ id }) => id).values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, count: same.reduce((sum, { count }) => sum + count, 0) }];
  });
}

/** What was dropped, late or could not be compared says nothing about answers. */
export function sumShadowed(
  batches: readonly ShadowBatch[],
  repositories: readonly string[] | null,
): Shadowed {
  let [compared, differed, noise] = [0, 0, 0];
  for (const { repository, states, groups } of batches) {
    if (repositories !== null && !repositories.includes(repository)) continue;
    const { match = 0, mismatch = 0, ignored = 0, transient = 0, failed = 0 } = states;
    const all = match + mismatch + ignored + transient + failed;
    compared += all;
    differed += mismatch + failed;
    noise += all * noiseOf(groups);
  }
  return { compared, differed, noise };
}

/** Where control differs from itself, so does a candidate that is right: the noisiest place that was counted says how often. */
function noiseOf(groups: ShadowBatch['groups']): number {
  return groups.reduce(
    (most, { ignored, noise = 0 }) => (ignored === undefined ? Math.max(most, noise) : most),
    0,
  );
}

function gaugeSeries(entries: readonly Entry[], name: GaugeName): readonly GaugeSeries[] {
  const byInstance = Map.groupBy(entries, ({ instance }) => instance);
  return [...byInstance].map(([instance, mine]) => ({
    instance,
    side: sideOf(mine),
    points: mine.flatMap(({ at, batch }) => {
      const value = batch.gauges[name];
      return value === undefined || !Number.isFinite(value) ? [] : [[at, value] as const];
    }),
  }));
}

function sideOf(entries: readonly Entry[]): GaugeSeries['side'] {
  const served = new Set(
    entries.flatMap(({ batch }) => batch.operations.filter(({ calls }) => calls > 0).map(({ side }) => side)),
  );
  if (served.has('candidate')) return 'candidate';
  return served.has('control') ? 'control' : 'idle';
}

/** A percentile of one side's latency in milliseconds, or `null` without calls. @param percentile 1..99.9 */
export function latencyOf(calls: Calls, percentile: number): number | null {
  const value = quantile(calls.latency, percentile / 100);
  return value === undefined || !Number.isFinite(value) ? null : value;
}

import { countAbove } from '../measure/index.ts';
import type { Metric, Row, Stage } from '../plan/index.ts';
import type { Counts, SideCounts } from './counts.ts';
import type { RowMemory } from './judge.ts';
import { latencyLimits } from './threshold.ts';
import type { Calls, Shadowed, Sides, Window } from './window.ts';

/** What counting needs besides the window. */
export type CountContext = {
  /** The exposure that is watched. */
  readonly stage: Stage;
  /** Number of the last batch that a look counted. */
  readonly counted: number;
  /** What rows remember, by title. */
  readonly memory: Readonly<Record<string, RowMemory>>;
};

/** Calls since the look before, and how many of them are hits. `undefined` for what is not counted in calls. */
export function countsOf(
  row: Row,
  metric: Metric,
  window: Window,
  context: CountContext,
): Counts | null | undefined {
  if (metric.kind === 'mismatchRate')
    return mismatchesOf(window.shadowedAfter(context.counted, metric.repositories), context.stage);
  if (metric.kind !== 'errorRate' && metric.kind !== 'latency') return undefined;
  const limits =
    metric.kind === 'latency'
      ? latencyLimits(row, context.memory[row.title]?.evidence?.threshold)
      : undefined;
  if (limits === null) return null;
  const hits = (side: Calls, limit: number | undefined): number =>
    limit === undefined ? side.errors : countAbove(side.latency, limit);
  const tally = (side: Calls, red?: number, yellow?: number): SideCounts => ({
    calls: side.calls,
    red: hits(side, red),
    yellow: hits(side, yellow),
  });
  const relative = row.against === 'control';
  const strata = window
    .repositoriesAfter(context.counted, metric.repositories)
    .filter(({ candidate }) => candidate.calls > 0)
    .map(({ candidate, control }) => ({
      candidate: tally(candidate, limits?.red, limits?.yellow),
      control: tally(control, limits?.control, relative ? limits?.control : limits?.yellow),
    }));
  return {
    stage: context.stage.id,
    strata,
    threshold: relative ? (limits?.control ?? null) : null,
    instances: context.stage.ofInstances
      ? instancesOf(window.instancesAfter(context.counted, metric.repositories), (side) =>
          hits(side, limits?.control),
        )
      : null,
  };
}

/** Compared answers are the candidate's calls, other ones its hits. Control is in every comparison and has no calls of its own. */
function mismatchesOf(shadowed: readonly Shadowed[], { id }: Stage): Counts {
  return {
    stage: id === '' ? BEFORE_EXPOSURE : id,
    strata: shadowed.map(({ compared, differed }) => ({
      candidate: { calls: compared, red: differed, yellow: differed },
      control: { calls: 0, red: 0, yellow: 0 },
    })),
    threshold: null,
    instances: null,
    noise: shadowed.reduce((sum, { noise }) => sum + noise, 0),
  };
}

/** A row that is asked before anything is exposed has a stage, too. */
const BEFORE_EXPOSURE = 'shadow';

/** A spread is known from so many instances as well as from all; more would only fill the log. */
const MOST_INSTANCES = 50;

function instancesOf(
  sides: ReadonlyMap<string, Sides>,
  hits: (side: Calls) => number,
): NonNullable<Counts['instances']> {
  const all = [...sides].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const control = all
    .filter(([, { control: side, candidate }]) => side.calls > 0 && candidate.calls === 0)
    .slice(0, MOST_INSTANCES)
    .map(([id, { control: side }]) => [id, [side.calls, hits(side)]] as const);
  return {
    candidates: all.filter(([, { candidate }]) => candidate.calls > 0).length,
    control: Object.fromEntries(control),
  };
}

import { z } from 'zod';
import { gateToWatch } from '../../engine/index.ts';
import { CutoverError, suggest } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import {
  bandsOf,
  chartLimits,
  HISTORY_KEPT_MS,
  isBound,
  markersOf,
  routingRules,
  seriesOf,
} from '../../report/index.ts';
import { reading, type Route } from '../route.ts';
import { LEAST_MS, MOST_STRETCHES, seriesRange } from '../series-range.ts';
import type { StoredEvent } from '../../store/index.ts';

const text = z.string();
const number = z.number();
const points = z.array(number.nullable());
const moment = z.coerce.number().int().min(0).optional();

const MOST_MARKERS = 500;

const side = z.object({ calls: points, errors: points, p50: points, p95: points, p99: points });
const total = z.object({ calls: number, errors: number, p95: number.nullable() });

const seriesDocument = z.object({
  schema: z.literal('cutover.series/1'),
  run: text.nullable(),
  at: number,
  from: number,
  to: number,
  knownSince: number.nullable().meta({ description: 'telemetry from before is not kept, or was not read' }),
  kept: z.array(z.object({ from: number, to: number, everyMs: number })).meta({
    description: 'how finely each part of it is kept: what is older is kept more coarsely',
  }),
  bucketMs: number,
  times: z.array(number).meta({ description: 'when each stretch begins' }),
  coveredMs: points.meta({
    description: 'for how long an instance reported in it, on average: calls a second are calls by this',
  }),
  instances: points,
  epochs: points,
  repositories: z.array(
    z.object({
      repository: text,
      control: side,
      candidate: side,
      shadow: z.object({ sampled: points, compared: points, mismatched: points }),
    }),
  ),
  operations: z
    .array(
      z.object({
        repository: text,
        operation: text,
        control: total,
        candidate: total,
        sampled: number,
        compared: number,
        mismatched: number,
      }),
    )
    .meta({ description: 'over all of it, the busiest first' }),
  bands: z.array(
    z.object({
      kind: z.enum(['step', 'rollback']),
      phase: text.nullable(),
      step: text.nullable(),
      title: text,
      from: number,
      to: number,
    }),
  ),
  markers: z.array(
    z.object({
      at: number,
      seq: number,
      kind: text,
      repositories: z.array(text).nullable(),
      text,
    }),
  ),
  routing: z
    .object({
      epoch: number,
      failSide: z.enum(['control', 'candidate']),
      byEnvironment: z.boolean(),
      allow: number,
      deny: number,
      rules: z.array(
        z.object({
          repository: text,
          flag: text,
          variable: text.nullable(),
          by: z.enum(['own flag', 'global flag', 'nothing']),
          exposure: number.nullable().meta({ description: 'percent; null is unset' }),
          of: z.enum(['traffic', 'users', 'instances']),
          killed: z.union([z.literal(false), z.enum(['drain', 'hard'])]),
          holdback: number.nullable(),
          shadow: number.meta({ description: 'percent of reads' }),
        }),
      ),
    })
    .nullable()
    .meta({ description: 'what decides which side serves now, as it is stored' }),
  gate: text.nullable().meta({ description: 'the one that is looked at now' }),
  limits: z.array(
    z.object({
      gate: text,
      title: text,
      of: z.enum(['errorRate', 'latency', 'mismatchRate']),
      quantile: number.nullable(),
      repositories: z.array(text).nullable(),
      against: z.enum(['value', 'baseline', 'control', 'hour']),
      yellow: number,
      red: number,
      yellowAt: number.nullable(),
      redAt: number.nullable(),
      onRed: text,
    }),
  ),
});

export type SeriesDocument = z.infer<typeof seriesDocument>;

const series = reading({
  name: 'getSeries',
  path: '/series',
  permission: 'read',
  summary:
    'What charts draw: calls, errors and times of both sides in stretches of time by repository, with steps, events and limits. Where nobody reported there is null. Without a range it is the newest run, at most its last hour.',
  query: z.strictObject({
    from: moment,
    to: moment.meta({ description: 'wall clock, milliseconds; now where it is not given' }),
    last: z.coerce.number().int().min(LEAST_MS).max(HISTORY_KEPT_MS).optional().meta({
      description: 'so many milliseconds before `to`, in the place of `from`',
    }),
    range: z.enum(['phase', 'run']).optional().meta({
      description: 'the phase that the newest run is in or ended in, or all of that run',
    }),
    phase: z.string().max(64).optional().meta({ description: 'one that the newest run was in' }),
    step: z.coerce
      .number()
      .int()
      .min(1_000)
      .max(86_400_000)
      .optional()
      .meta({
        description: `how long a stretch is at least, milliseconds; at most ${MOST_STRETCHES} of them. 240 where it is not given`,
      }),
    repository: z.string().max(64).optional().meta({ description: 'only this one' }),
  }),
  answer: seriesDocument,
  async handle({ world, subject, query }) {
    const { catalogue, store } = world;
    const state = await catalogue.state(subject);
    const now = await store.now();
    const plan = state.run?.plan ?? subject.plan;
    const repositories = named(plan, query.repository);
    const chronicle = (await catalogue.chronicle(subject)).run;
    const times =
      state.run === null || chronicle === null ? null : { ...chronicle, startedAt: state.run.startedAt };
    const range = seriesRange(query, times, now);
    const { from, to } = range;
    const history = await catalogue.history(subject);
    const stretches =
      from >= history.reachesTo
        ? history.between(range)
        : await (await catalogue.long(subject)).between(range, repositories, now, history);
    const events = shownOf(await catalogue.drawn(subject), from);
    return {
      schema: 'cutover.series/1',
      run: state.run?.id ?? null,
      at: now,
      from,
      to,
      knownSince: stretches.knownSince,
      kept: [...stretches.kept],
      ...seriesOf(stretches, repositories),
      bands: bandsOf(events, plan, from, to),
      markers: markersOf(events, plan, from, to).slice(-MOST_MARKERS),
      routing: routingRules(state.routing, plan, repositories),
      gate: gateToWatch(state),
      limits: chartLimits(plan, state.baseline),
    };
  },
});

/** With the event before them that says which step it was. */
function shownOf(events: readonly StoredEvent[], from: number): readonly StoredEvent[] {
  const before = events.findLastIndex((event) => event.at < from && isBound(event));
  return events.slice(Math.max(0, before));
}

function named({ repositories }: Plan, only: string | undefined): readonly string[] {
  const all = Object.keys(repositories);
  if (only === undefined) return all;
  if (all.includes(only)) return [only];
  const near = suggest(only, all);
  throw new CutoverError('UNKNOWN_REPOSITORY', `there is no repository "${only}" in the plan`, {
    hint: near === undefined ? `it has ${all.join(', ')}` : `did you mean "${near}"?`,
  });
}

export const CHARTS: readonly Route[] = [series];

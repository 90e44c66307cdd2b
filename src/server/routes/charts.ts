import { z } from 'zod';
import { gateToWatch } from '../../engine/index.ts';
import { CutoverError, suggest } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import {
  bandsOf,
  chartLimits,
  isBound,
  isDrawn,
  markersOf,
  routingRules,
  seriesOf,
} from '../../report/index.ts';
import { lastEvents } from '../last-events.ts';
import { reading, type Route } from '../route.ts';

const text = z.string();
const number = z.number();
const points = z.array(number.nullable());
const moment = z.coerce.number().int().min(0).optional();

/** As many stretches as a chart has room for. */
const MOST_STRETCHES = 240;
/** What is kept of telemetry, milliseconds. */
const KEPT_MS = 3_600_000;
/** A run that has just begun is shown with what was before it. Milliseconds. */
const LEAST_MS = 60_000;
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
    'What charts draw: stored telemetry in at most 240 stretches of time by repository and side, with steps, events and limits. Where nobody reported there is null. Without `from` it is the newest run, as far as telemetry is kept.',
  query: z.strictObject({
    from: moment,
    to: moment.meta({ description: 'wall clock, milliseconds; now where it is not given' }),
    last: z.coerce.number().int().min(LEAST_MS).max(KEPT_MS).optional().meta({
      description: 'so many milliseconds before `to`, in the place of `from`',
    }),
    repository: z.string().max(64).optional().meta({ description: 'only this one' }),
  }),
  answer: seriesDocument,
  async handle({ world, subject, query }) {
    const { catalogue, store } = world;
    const state = await catalogue.state(subject);
    const now = await store.now();
    const plan = state.run?.plan ?? subject.plan;
    const { from, to } = rangeOf(query, state.run?.startedAt ?? null, now);
    const repositories = named(plan, query.repository);
    const history = await catalogue.history(subject);
    const { events } = await lastEvents(store, subject.stream, {
      before: state.seq + 1,
      limit: MOST_MARKERS,
      isWanted: isDrawn,
      isEnough: (event) => event.at < from && isBound(event),
    });
    return {
      schema: 'cutover.series/1',
      run: state.run?.id ?? null,
      at: now,
      from,
      to,
      knownSince: history.knownSince,
      ...seriesOf(history.between(from, to, MOST_STRETCHES), repositories),
      bands: bandsOf(events, plan, from, to),
      markers: markersOf(events, plan, from, to),
      routing: routingRules(state.routing, plan, repositories),
      gate: gateToWatch(state),
      limits: chartLimits(plan, state.baseline),
    };
  },
});

function rangeOf(
  query: {
    readonly from?: number | undefined;
    readonly to?: number | undefined;
    readonly last?: number | undefined;
  },
  startedAt: number | null,
  now: number,
): { readonly from: number; readonly to: number } {
  const to = Math.min(query.to ?? now, now);
  const ofRun = Math.min(Math.max(startedAt ?? 0, now - KEPT_MS), to - LEAST_MS);
  const from = query.from ?? (query.last === undefined ? ofRun : to - query.last);
  if (from < to) return { from: Math.max(from, to - KEPT_MS), to };
  throw new CutoverError('REQUEST_INVALID', `query.from: ${from} is not before ${to}`, {
    hint: 'both are milliseconds since 1970, and nothing is after now',
  });
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

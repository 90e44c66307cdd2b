import { z } from 'zod';
import { WEEKDAYS } from '../kernel/index.ts';
import { GAUGE_NAMES } from '../measure/index.ts';
import * as c from './calendar-values.ts';
import { DEFAULT_STORE_FILE } from '../plan/index.ts';
import * as v from './values.ts';

/**
 * `PlanInput` as zod reads it, with the defaults that depend on nothing else. Every object is strict: an unknown
 * key is a mistake, and a mistake in a plan is found before it runs.
 */
const flagInput = { aliases: z.array(v.flagName).default([]), env: z.exactOptional(v.environmentVariable) };

const repositories = z.exactOptional(v.namesOf('repositories'));

/** As the middleware names them: a method before a pattern. */
const routes = z.exactOptional(v.routes);

const expected = z.exactOptional(v.limit);

const headers = z
  .record(v.headerName, z.string().regex(/^[^\r\n\0]*$/, { error: 'holds a line break' }))
  .default({});

const asked = {
  every: v.timespan.default(10_000),
  timeout: v.timespan.default(5_000),
  unit: z.exactOptional(z.enum(['count', 'ratio', 'bytes', 'ms', 's'])),
  expected,
};

const askedMetrics = [
  z.strictObject({
    ...asked,
    kind: z.literal('sql'),
    database: z.string(),
    query: v.text,
    gives: z.enum(['number', 'share', 'counts']).default('number'),
  }),
  z.strictObject({
    ...asked,
    kind: z.literal('http'),
    url: v.text,
    headers,
    path: z.exactOptional(v.text),
  }),
  z.strictObject({
    ...asked,
    kind: z.literal('prometheus'),
    query: z.exactOptional(v.text),
    bad: z.exactOptional(v.text),
    good: z.exactOptional(v.text),
    total: z.exactOptional(v.text),
  }),
] as const;

const metric = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('errorRate'), repositories, expected }),
  z.strictObject({ kind: z.literal('latency'), quantile: v.between(1, 99.9), repositories, expected }),
  z.strictObject({ kind: z.literal('endpointErrors'), routes, repositories, expected }),
  z.strictObject({
    kind: z.literal('endpointLatency'),
    quantile: v.between(1, 99.9),
    routes,
    repositories,
    expected,
  }),
  z.strictObject({ kind: z.literal('clientErrors'), repositories, expected }),
  z.strictObject({ kind: z.literal('pageLoad'), quantile: v.between(1, 99.9), repositories, expected }),
  z.strictObject({ kind: z.literal('mismatchRate'), repositories, expected }),
  z.strictObject({ kind: z.literal('gauge'), gauge: z.enum(GAUGE_NAMES), expected }),
  z.strictObject({ kind: z.literal('counter'), counter: v.text, expected }),
  z.strictObject({ kind: z.literal('newErrors'), expected }),
  z.strictObject({ kind: z.literal('probeFailures'), probe: z.string(), expected }),
  z.strictObject({
    kind: z.literal('probeTime'),
    probe: z.string(),
    quantile: v.between(1, 99.9),
    expected,
  }),
  ...askedMetrics,
]);

const row = z.strictObject({
  title: v.text,
  metric: z.string(),
  against: z.enum(['value', 'baseline', 'control', 'hour']).default('value'),
  yellow: z.exactOptional(v.limit),
  red: v.limit,
  minChange: z.exactOptional(v.limit),
  onRed: z.enum(['rollback', 'pause', 'investigate']).default('rollback'),
  minSamples: z.exactOptional(v.wholeBetween(1, 1e9)),
  looks: z.exactOptional(v.wholeBetween(1, 1_000)),
});

const expectedTime = z.exactOptional(v.timespan);
const common = { id: z.exactOptional(v.id), title: z.exactOptional(v.text), expected: expectedTime };
const gate = z.string().default('matrix');
const effect = {
  ...common,
  timeout: v.timespan.default(600_000),
  idempotent: z.boolean().default(false),
  onFailure: z.enum(['pause', 'rollback']).default('pause'),
};

const probe = z.strictObject({
  method: z.enum(['GET', 'HEAD']).default('GET'),
  url: v.text,
  headers,
  expectStatus: v.wholeBetween(100, 599).default(200),
  every: v.timespan.default(10_000),
  timeout: v.timespan.default(5_000),
});

const step = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('expose'),
    exposure: v.exposure,
    of: z.enum(['traffic', 'users', 'instances']),
    repositories,
    by: z.enum(['flag', 'environment']).default('flag'),
    window: z.exactOptional(z.string()),
    holdback: z.exactOptional(v.holdback),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('hold'),
    for: v.timespan,
    gate,
    maxHold: z.exactOptional(v.timespan),
  }),
  z.strictObject({ ...common, kind: z.literal('shadow'), sample: v.exposure, repositories }),
  z.strictObject({ ...common, kind: z.literal('gate'), gate: z.string() }),
  z.strictObject({
    ...common,
    kind: z.literal('decision'),
    question: v.text,
    options: z
      .record(v.text, z.enum(['advance', 'hold', 'pause', 'rollback']))
      .refine((options) => Object.keys(options).length > 0, { error: 'is empty; a decision needs a choice' }),
    auto: z.exactOptional(z.string()),
    gate,
  }),
  z.strictObject({
    ...effect,
    kind: z.literal('command'),
    run: z.array(v.plainText).refine((run) => (run[0] ?? '').trim() !== '', {
      error: 'names no program: write ["program", "argument", …]',
    }),
    expect: z
      .record(
        v.text,
        z
          .strictObject({ min: z.exactOptional(v.limit), max: z.exactOptional(v.limit) })
          .refine((bound) => bound.min !== undefined || bound.max !== undefined, {
            error: 'bounds nothing: write min, max or both',
          }),
      )
      .default({}),
  }),
  z.strictObject({
    ...effect,
    kind: z.literal('http'),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
    url: v.text,
    headers,
    body: z.exactOptional(z.string()),
    expectStatus: v.wholeBetween(100, 599).default(200),
  }),
  z.strictObject({
    ...effect,
    kind: z.literal('size'),
    // It only reads.
    idempotent: z.boolean().default(true),
    files: z.array(v.plainText).min(1),
    max: v.limit,
    gzip: z.boolean().default(true),
  }),
  z.strictObject({
    ...effect,
    kind: z.literal('sql'),
    database: z.string(),
    query: v.text,
    expect: z.union([z.string(), z.number(), z.null()]),
  }),
]);

const distinct = (what: string) => v.namesOf(what).default([]);

const people = z.strictObject({
  contacts: z
    .array(
      z.strictObject({
        role: v.text,
        name: v.text,
        contact: v.text,
        availability: z.exactOptional(v.text),
      }),
    )
    .default([]),
  escalation: z.array(z.strictObject({ role: v.text, after: v.timespanOrNone })).default([]),
  messages: z.array(z.strictObject({ at: v.offset, to: z.array(v.text).min(1), text: v.text })).default([]),
  links: z.record(v.text, v.text).default({}),
  nextReview: z.exactOptional(v.text),
});

const phase = z.strictObject({
  id: v.id,
  title: z.exactOptional(v.text),
  environment: z.string(),
  risk: z.exactOptional(z.enum(['minimal', 'low', 'medium', 'high'])),
  impact: z.exactOptional(v.text),
  day: z.exactOptional(c.planDay),
  slack: z.exactOptional(c.slack),
  window: z.exactOptional(z.string()),
  expected: expectedTime,
  pointOfNoReturn: z.boolean().default(false),
  needs: z
    .strictObject({
      checklists: distinct('checklists'),
      approvals: distinct('roles'),
      approvedWithin: z.exactOptional(v.timespanBetween('1m', '365d')),
    })
    .refine(({ approvals, approvedWithin }) => approvedWithin === undefined || approvals.length > 0, {
      error: 'has approvedWithin without approvals',
    })
    .prefault({}),
  steps: z.array(step).min(1),
});

const schedule = z.strictObject({
  timeZone: c.timeZone.default('UTC'),
  count: z.enum(['calendar', 'working']).default('calendar'),
  workingDays: c.weekdays.default(['mon', 'tue', 'wed', 'thu', 'fri']),
  holidays: z.array(c.date).default([]),
  slack: c.slack.default({ days: 0 }),
});

const rolloutWindow = z.strictObject({
  days: c.weekdays.default([...WEEKDAYS]),
  from: c.timeOfDay,
  to: c.timeOfDay,
  timeZone: z.exactOptional(c.timeZone),
});

const freeze = z.strictObject({
  from: c.date,
  to: c.date,
  reason: v.text,
  environments: z.exactOptional(v.namesOf('environments')),
});

export const planSchema = z.strictObject({
  id: v.id,
  title: v.text,
  version: z.exactOptional(v.text),
  topology: z.enum(['same-store', 'two-store']),
  salt: z.exactOptional(v.text),
  store: z
    .strictObject({
      sqlite: z.exactOptional(v.text),
      postgres: z.exactOptional(v.addressVariable),
      direct: z.exactOptional(v.addressVariable),
    })
    .refine(({ sqlite, postgres }) => (sqlite === undefined) !== (postgres === undefined), {
      error: 'needs one place: sqlite, a path, or postgres, the name of an environment variable',
    })
    .refine(({ postgres, direct }) => direct === undefined || postgres !== undefined, {
      error: 'has direct without postgres',
    })
    .default({ sqlite: DEFAULT_STORE_FILE }),
  flag: z.exactOptional(z.strictObject({ name: v.flagName, ...flagInput })),
  repositories: someOf(
    z.record(v.name, z.strictObject({ flag: z.exactOptional(v.flagName), ...flagInput })),
    'a plan needs a repository',
  ),
  allow: z.array(v.text).default([]),
  deny: z.array(v.text).default([]),
  environments: someOf(
    z.record(v.id, z.strictObject({ protected: z.boolean().default(false) })),
    'a plan needs an environment',
  ),
  instances: z
    .strictObject({
      lease: v.timespan.default(15_000),
      telemetry: v.timespanBetween('1h', '30d').default(3_600_000),
      report: z.exactOptional(v.timespanBetween('1s', '5m')),
    })
    .prefault({}),
  databases: z
    .record(
      v.name,
      z
        .strictObject({
          sqlite: z.exactOptional(v.text),
          postgres: z.exactOptional(v.environmentVariable),
          check: z.enum(['auto', 'full', 'quick', 'off']).default('auto'),
          foreignKeys: z.boolean().default(true),
        })
        .refine(({ sqlite, postgres }) => (sqlite === undefined) !== (postgres === undefined), {
          error: 'is one of both: write sqlite: "app.db", or postgres: "DATABASE_URL"',
        }),
    )
    .default({}),
  probes: z.record(v.name, probe).default({}),
  prometheus: z.exactOptional(z.strictObject({ url: v.text, headers, maxAge: v.timespan.default(120_000) })),
  measure: z
    .strictObject({
      window: v.timespan.default(60_000),
      every: v.timespan.default(10_000),
      minSamples: v.wholeBetween(1, 1e9).default(100),
      maxAge: v.timespan.default(10_000),
      warmup: v.timespanOrNone.default(0),
      looks: v.wholeBetween(1, 1_000).default(3),
      rps: z.exactOptional(v.between(0.001, 1e6)),
    })
    .prefault({}),
  metrics: z.record(v.name, metric),
  matrix: z.array(row),
  gates: z.record(v.id, z.array(row)).default({}),
  precedence: z.array(v.text).default([]),
  checklists: z.record(v.id, z.array(v.text).min(1)).default({}),
  schedule: schedule.prefault({}),
  windows: z.record(v.text, rolloutWindow).default({}),
  freezes: z.array(freeze).default([]),
  phases: z.array(phase).min(1),
  people: people.prefault({}),
  rollback: z.strictObject({
    budget: v.timespan,
    automatic: z.boolean().default(true),
    checklist: z.exactOptional(z.string()),
    confirm: z.exactOptional(
      z.strictObject({ rows: z.array(row).min(1), for: v.timespan, within: z.exactOptional(v.timespan) }),
    ),
  }),
  contingencies: z
    .record(
      v.id,
      z.strictObject({
        rows: z.array(v.text).min(1),
        heapSnapshot: z.boolean().default(false),
        tell: distinct('roles'),
        next: z.array(v.text).default([]),
      }),
    )
    .default({}),
});

export type ParsedPlan = z.output<typeof planSchema>;
export type ParsedPhase = ParsedPlan['phases'][number];
export type ParsedStep = ParsedPhase['steps'][number];
export type ParsedRow = ParsedPlan['matrix'][number];
export type ParsedMetric = ParsedPlan['metrics'][string];

function someOf<T extends z.ZodType<object>>(schema: T, missing: string): T {
  return schema.refine((value) => Object.keys(value).length > 0, { error: `is empty; ${missing}` });
}

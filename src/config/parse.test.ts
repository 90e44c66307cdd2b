import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CutoverError } from '../kernel/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { parsePlan, planHash } from './parse.ts';
import type { Problem } from './problem.ts';

const input = {
  id: 'raw-to-drizzle',
  title: 'Raw SQL to Drizzle',
  topology: 'same-store',
  flag: { name: 'use_drizzle', aliases: ['USE-DRIZZLE'], env: 'USE_DRIZZLE' },
  repositories: { project: { env: 'DRIZZLE_PROJECT' }, event: {} },
  environments: { staging: {}, production: { protected: true } },
  databases: { app: { sqlite: 'app.db' } },
  metrics: {
    errors: { kind: 'errorRate' },
    p95: { kind: 'latency', quantile: 95, repositories: ['project'] },
    memory: { kind: 'gauge', gauge: 'rss' },
    complaints: { kind: 'counter', counter: 'complaints' },
    unseen: { kind: 'newErrors' },
  },
  matrix: [
    { title: 'Errors', metric: 'errors', yellow: '0.1%', red: '0.5%' },
    { title: 'Latency', metric: 'p95', against: 'control', yellow: '5%', red: '10%', minChange: '2ms' },
    { title: 'Memory', metric: 'memory', against: 'hour', red: '10MB/h' },
    { title: 'Complaints', metric: 'complaints', yellow: 1, red: 5 },
    { title: 'New errors', metric: 'unseen', red: 0 },
  ],
  gates: { smoke: [{ title: 'Errors', metric: 'errors', red: '1%' }] },
  phases: [
    {
      id: 'rehearsal',
      environment: 'staging',
      steps: [
        { kind: 'command', run: ['node', 'smoke.ts'] },
        { kind: 'expose', exposure: 100, of: 'instances' },
      ],
    },
    {
      id: 'canary',
      environment: 'production',
      risk: 'medium',
      steps: [
        { kind: 'expose', exposure: 12.5, of: 'instances' },
        { kind: 'hold', for: '48h' },
        { id: 'more', kind: 'hold', for: '1h 30m', gate: 'smoke' },
        { kind: 'hold', for: '1h' },
        {
          kind: 'decision',
          question: 'Expand?',
          options: { expand: 'advance', again: 'hold' },
          auto: 'expand',
        },
        { kind: 'http', url: 'https://${HOST}/ok', headers: { authorization: 'Bearer ${TOKEN}' } },
        { kind: 'sql', database: 'app', query: 'pragma integrity_check', expect: 'ok' },
      ],
    },
  ],
  rollback: { budget: '1m' },
} as const satisfies PlanInput;

type Path = readonly (string | number)[];

/** A deep copy of the plan above with one value set (or removed, with `undefined`). */
function edited(path: Path, value: unknown): unknown {
  const copy: unknown = structuredClone(input);
  const parent = path.slice(0, -1).reduce((at: unknown, key) => Reflect.get(Object(at), key), copy);
  Reflect.set(Object(parent), path.at(-1) ?? '', value);
  return copy;
}

function problemsOf(plan: unknown): readonly Problem[] {
  try {
    parsePlan(plan);
  } catch (error) {
    if (error instanceof CutoverError && error.code === 'CONFIG_INVALID') {
      return error.details?.['problems'] as readonly Problem[];
    }
    throw error;
  }
  return [];
}

function linesOf(plan: unknown): readonly string[] {
  return problemsOf(plan).map(({ path, message }) => `${path}: ${message}`);
}

describe('a plan that can run', () => {
  const { plan, hash, store } = parsePlan(input);
  const canary = plan.phases[1];

  it('has its defaults filled in and its units converted', () => {
    expect(plan).toMatchObject({ v: 1, salt: 'raw-to-drizzle', version: null, leaseMs: 15_000, allow: [] });
    expect(plan.repositories).toEqual({
      project: { name: 'raw_to_drizzle_project', aliases: [], env: 'DRIZZLE_PROJECT' },
      event: { name: 'raw_to_drizzle_event', aliases: [], env: null },
    });
    expect(plan.environments).toEqual([
      { name: 'staging', protected: false },
      { name: 'production', protected: true },
    ]);
    expect(plan.measure).toEqual({
      windowMs: 60_000,
      everyMs: 10_000,
      minSamples: 100,
      maxAgeMs: 10_000,
      warmupMs: 0,
      looks: 3,
    });
    expect(plan.rollback).toEqual({ budgetMs: 60_000, automatic: true, checklist: null, confirm: null });
    expect(store).toEqual({ sqlite: '.cutover/state.db' });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('names steps by kind and number where the plan gives no name', () => {
    expect(canary?.steps.map(({ id }) => id)).toEqual([
      'expose-1',
      'hold-1',
      'more',
      'hold-3',
      'decision-1',
      'http-1',
      'sql-1',
    ]);
    expect(canary?.steps[0]).toMatchObject({ exposure: 1_250, by: 'flag', repositories: null });
    expect(canary?.steps[2]).toMatchObject({ forMs: 5_400_000, gate: 'smoke', title: 'more' });
  });

  it('judges a count at once, and calls after samples and looks', () => {
    const rows = Object.fromEntries((plan.gates['matrix'] ?? []).map((row) => [row.title, row]));
    expect(rows['Errors']).toMatchObject({
      yellow: 0.001,
      red: 0.005,
      minSamples: 100,
      looks: 3,
      minChange: 0,
    });
    expect(rows['Latency']).toMatchObject({ yellow: 0.05, minChange: 2 });
    expect(rows['Memory']).toMatchObject({ yellow: 10e6, red: 10e6, minSamples: 1, looks: 3 });
    expect(rows['Complaints']).toMatchObject({ minSamples: 1, looks: 1 });
    expect(rows['New errors']).toMatchObject({ red: 0, minSamples: 1, looks: 1 });
  });

  it('keeps placeholders for secrets as they are written', () => {
    expect(canary?.steps[5]).toMatchObject({
      url: 'https://${HOST}/ok',
      headers: { authorization: 'Bearer ${TOKEN}' },
    });
  });
});

describe('a plan that cannot run', () => {
  const first = ['phases', 1, 'steps', 0] as const;
  const cases: readonly (readonly [Path, unknown, string])[] = [
    [['measure'], { rps: 0 }, 'measure.rps: 0 is outside 0.001..1000000'],
    [[...first, 'exposure'], 140, 'phases[1].steps[0].exposure: 140 is outside 0..100'],
    [[...first, 'exposure'], 1.234, 'phases[1].steps[0].exposure: 1.234 has more than two decimals'],
    [['phases', 1, 'steps', 1, 'kind'], 'hodl', 'phases[1].steps[1].kind: "hodl" is not one of expose, hold'],
    [['phases', 1, 'steps', 1, 'kind'], 'hodl', 'did you mean "hold"?'],
    [['phases', 1, 'steps', 1, 'for'], '48 hours', 'phases[1].steps[1].for: "48 hours" is not a duration'],
    [['phases', 1, 'steps', 1, 'for'], '0s', 'phases[1].steps[1].for: "0s" is outside 1ms..3660d'],
    [['phases', 1, 'steps', 1, 'for'], 48, 'phases[1].steps[1].for: 48 is not a text'],
    [
      ['phases', 1, 'steps', 1, 'gate'],
      'matrx',
      '"matrx" is not one of matrix, smoke; did you mean "matrix"?',
    ],
    [['phases', 1, 'steps', 2, 'id'], 'hold-1', 'phases[1].steps[2].id: "hold-1" is taken by number 1'],
    [
      ['phases', 1, 'steps', 4, 'auto'],
      'expnd',
      'phases[1].steps[4].auto: "expnd" is not one of expand, again',
    ],
    [['phases', 0, 'steps', 0, 'run'], [], 'phases[0].steps[0].run: names no program'],
    [['phases', 0, 'id'], 'canary', 'phases[1].id: "canary" is taken by number 0'],
    [['phases', 0, 'id'], 'Canary 1', 'phases[0].id: "Canary 1" is not an id'],
    [['phases', 0, 'environment'], 'prod', 'phases[0].environment: "prod" is not one of staging, production'],
    [['phases', 0, 'steps'], [], 'phases[0].steps: is empty; needs at least 1'],
    [['phases', 0, 'steps', 1, 'by'], 'env', 'phases[0].steps[1].by: "env" is not one of flag, environment'],
    [['environments'], {}, 'environments: is empty'],
    [['environments', 'Prod!'], {}, 'environments["Prod!"]: the key "Prod!" is not an id'],
    [['metrics', 'p95', 'quantile'], 0.95, 'metrics.p95.quantile: 0.95 is outside 1..99.9'],
    [
      ['metrics', 'p95', 'repositories'],
      ['projct'],
      'metrics.p95.repositories[0]: "projct" is not one of project',
    ],
    [['matrix', 0, 'metric'], 'error', 'matrix[0].metric: "error" is not one of errors'],
    [['matrix', 0, 'yellow'], '0.6%', 'matrix[0].yellow: "0.6%" is above red, "0.5%"'],
    [['matrix', 0, 'red'], '5 percent', 'matrix[0].red: "5 percent" is not a quantity'],
    [['matrix', 0, 'red'], 5, 'matrix[0].red: 5 is never exceeded: an error rate is 0..1'],
    [['matrix', 0, 'red'], -1, 'matrix[0].red: -1 is outside 0..'],
    [['matrix', 1, 'red'], '75ms', 'matrix[1].red: "75ms" is not a ratio'],
    [['matrix', 1, 'title'], 'Errors', 'matrix[1].title: "Errors" is the title of a row before it'],
    [['matrix', 2, 'against'], 'control', 'matrix[2].red: "10MB/h" is not a ratio'],
    [['matrix', 1, 'against'], 'hour', 'matrix[1].against: "hour" does not fit a metric of kind latency'],
    [
      ['matrix', 3, 'against'],
      'control',
      'matrix[3].against: "control" does not fit a metric of kind counter',
    ],
    [['gates', 'matrix'], [], 'gates.matrix: the name is taken'],
    [
      ['repositories', 'event', 'flag'],
      'Use_Drizzle',
      'repositories.event.flag: "use_drizzle" is taken by flag.name',
    ],
    [
      ['repositories', 'event', 'env'],
      'USE_DRIZZLE',
      'repositories.event.env: "USE_DRIZZLE" is taken by flag.env',
    ],
    [['repositories', 'event', 'env'], 'USE-DRIZZLE', 'is not the name of an environment variable'],
    [['instances'], { telemetry: '30m' }, 'instances.telemetry: "30m" is outside 1h..30d'],
    [['instances'], { telemetry: '31d' }, 'instances.telemetry: "31d" is outside 1h..30d'],
    [['rollback', 'budget'], undefined, 'rollback.budget: is missing; expected a text'],
    [['rollbak'], {}, 'rollbak: is not a known key; did you mean "rollback"?'],
    [['matrix', 0, 'yelow'], 1, 'matrix[0].yelow: is not a known key; did you mean "yellow"?'],
    [
      ['topology'],
      'samestore',
      'topology: "samestore" is not one of same-store, two-store; did you mean "same-store"?',
    ],
    [
      ['phases', 1, 'steps', 5, 'url'],
      'ftp://x',
      'phases[1].steps[5].url: "ftp://x" is not an http or https address',
    ],
    [
      ['phases', 1, 'steps', 5, 'url'],
      'https://ana:pw@x',
      'url: holds a user or password; secrets come from',
    ],
    [
      ['phases', 1, 'steps', 5, 'headers', 'Cookie'],
      'sid=1',
      'headers.Cookie: secrets come from the environment',
    ],
    [['phases', 1, 'steps', 5, 'body'], 'x', 'phases[1].steps[5].body: GET sends no body'],
    [['phases', 1, 'steps', 6, 'database'], 'ap', '"ap" is not one of app; did you mean "app"?'],
    [['phases', 1, 'steps', 6, 'expect'], true, 'expect: true is not a text or a number or null'],
    [['instances'], { lease: '0s' }, 'instances.lease: "0s" is outside'],
    [['instances'], { report: '500ms' }, 'instances.report: "500ms" is outside'],
    [['instances'], { report: '4s' }, 'instances.report: 4s is more than 3.3s: at 2/3 of a lease of 15s'],
    [
      ['instances'],
      { lease: '1m', report: '6s' },
      'instances.report: 6s is more than half of measure.maxAge (10s)',
    ],
    [['precedence'], ['Error'], 'precedence[0]: "Error" is not one of Errors, '],
    [['checklists'], { ready: [] }, 'checklists.ready: is empty'],
    [['phases', 0, 'needs'], { checklists: ['redy'] }, 'needs.checklists[0]: "redy" is not known'],
    [['phases', 0, 'needs'], { approvals: ['CTO', 'CTO'] }, 'approvals: names something twice'],
    [['phases', 0, 'needs'], { approvedWithin: '1h' }, 'needs: has approvedWithin without approvals'],
    [
      ['phases', 0, 'needs'],
      { approvals: ['CTO'], approvedWithin: '1s' },
      'approvedWithin: "1s" is outside 1m..365d',
    ],
    [
      ['people'],
      { messages: [{ at: 'soon', to: ['all'], text: 'x' }] },
      'messages[0].at: "soon" is not a duration',
    ],
    [['people'], { contacts: [{ role: 'CTO', name: 'Ana' }] }, 'contacts[0].contact: is missing'],
    [['metrics', 'p95', 'expected'], '5%', 'metrics.p95.expected: "5%" is not a time'],
    [['probes'], { shop: { url: 'https://x', method: 'POST' } }, 'probes.shop.method: "POST" is not one of'],
    [['probes'], { shop: { url: 'ftp://x' } }, 'probes.shop.url: "ftp://x" is not an http or https'],
    [
      ['metrics', 'p95'],
      { kind: 'probeTime', probe: 'shop', quantile: 95 },
      'metrics.p95.probe: "shop" is not',
    ],
    [['phases', 0, 'steps', 0, 'expect'], { p95: {} }, 'expect.p95: bounds nothing: write min, max or both'],
    [['phases', 0, 'steps', 0], { kind: 'size', files: [], max: '1KB' }, 'steps[0].files: is empty'],
    [['contingencies'], { slow: { rows: ['Latncy'] } }, 'rows[0]: "Latncy" is not one of'],
    [['contingencies'], { slow: { rows: ['Latency'], tell: ['CTO'] } }, 'tell[0]: "CTO" is not known'],
    [
      ['contingencies'],
      { slow: { rows: ['Latency'], heapSnapshot: true } },
      'contingencies.slow.heapSnapshot: needs a row on the gauge rss or heap',
    ],
    [
      ['rollback'],
      { budget: '1m', checklist: 'after' },
      'rollback.checklist: "after" is not known: there is none',
    ],
    [
      ['rollback'],
      {
        budget: '1m',
        confirm: { rows: [{ title: 'p95', metric: 'p95', against: 'control', red: '5%' }], for: '1m' },
      },
      'rollback.confirm.rows[0].against: control is what is judged here',
    ],
    [
      ['rollback'],
      {
        budget: '1m',
        confirm: { rows: [{ title: 'p95', metric: 'p95', red: '75ms' }], for: '1m', within: '30s' },
      },
      'rollback.confirm.within: is over before `for` is',
    ],
    [['phases', 1, 'steps', 1, 'maxHold'], 'long', 'maxHold: "long" is not a duration'],
    [['schedule'], { timeZone: 'Rome' }, 'schedule.timeZone: "Rome" is not a time zone'],
    [['schedule'], { holidays: ['2026-02-30'] }, 'holidays[0]: "2026-02-30" is not a date'],
    [['schedule'], { workingDays: [] }, 'schedule.workingDays: is empty'],
    [['schedule'], { workingDays: ['monday'] }, 'workingDays[0]: "monday" is not one of mon, tue'],
    [['schedule'], { slack: -1 }, 'schedule.slack: -1 is neither a number of days nor a share'],
    [['phases', 0, 'day'], 0, 'phases[0].day: 0 is not a day from 1 to 3660'],
    [['phases', 0, 'day'], 1.5, 'phases[0].day: 1.5 is not a day'],
    [['phases', 0, 'day'], 'week 2', 'phases[0].day: "week 2" is not a day'],
    [['phases', 0, 'day'], 'week 2, day 8', 'phases[0].day: day 8 is outside 1..7: a week has 7 days here'],
    [['phases', 0, 'slack'], '20', 'phases[0].slack: "20" is neither a number of days'],
    [['phases', 0, 'window'], 'nihgts', 'phases[0].window: "nihgts" is not known: there is none'],
    [['phases', 1, 'steps', 0, 'window'], 'nights', 'steps[0].window: "nights" is not known'],
    [['phases', 1, 'steps', 1, 'window'], 'nights', 'steps[1].window: is not a known key'],
    [['phases', 1, 'steps', 1, 'expected'], 'soon', 'expected: "soon" is not a duration'],
    [['windows'], { nights: { from: '2:00', to: '05:00' } }, 'windows.nights.from: "2:00" is not a time'],
    [['windows'], { nights: { from: '02:00', to: '24:30' } }, 'windows.nights.to: "24:30" is not a time'],
    [['windows'], { nights: { from: '02:00', to: '02:00' } }, 'windows.nights.to: is the same time as'],
    [['windows'], { nights: { from: '24:00', to: '05:00' } }, '"24:00" is no beginning'],
    [['windows'], { nights: { days: [], from: '02:00', to: '05:00' } }, 'windows.nights.days: is empty'],
    [
      ['freezes'],
      [{ from: '2026-12-24', to: '2026-12-20', reason: 'x' }],
      'freezes[0].to: "2026-12-20" is before "2026-12-24"',
    ],
    [
      ['freezes'],
      [{ from: '2026-12-24', to: '2026-12-26', reason: 'x', environments: ['prod'] }],
      'freezes[0].environments[0]: "prod" is not one of staging, production',
    ],
  ];

  it.each(cases)('says what is wrong at %j when it is %j', (path, value, message) => {
    expect(linesOf(edited(path, value)).join('\n')).toContain(message);
  });

  it.each<[PlanInput['metrics'][string], Partial<PlanInput>, string]>([
    [
      { kind: 'sql', database: 'ap', query: 'q' },
      {},
      'metrics.m.database: "ap" is not one of app; did you mean "app"?',
    ],
    [
      { kind: 'sql', database: 'app', query: 'q', gives: 'share', unit: 'ms' },
      {},
      'metrics.m.unit: is of a number; a share is a ratio',
    ],
    [{ kind: 'sql', database: 'app', query: 'q', unit: 's' }, {}, 'matrix[0].red: "5%" is not a time'],
    [{ kind: 'http', url: 'http://u:p@h/' }, {}, 'metrics.m.url: holds a user or password'],
    [
      { kind: 'http', url: 'http://h/', headers: { authorization: 'Bearer x' } },
      {},
      'secrets come from the environment',
    ],
    [{ kind: 'prometheus', query: 'q' }, {}, 'metrics.m: has nobody to ask'],
    [
      { kind: 'prometheus', query: 'q', total: 't' },
      { prometheus: { url: '${P}' } },
      'metrics.m: is one of both',
    ],
    [
      { kind: 'prometheus', bad: 'b', good: 'g', total: 't' },
      { prometheus: { url: '${P}' } },
      'metrics.m: is one of both',
    ],
    [
      { kind: 'errorRate' },
      { prometheus: { url: 'ftp://h' } },
      'prometheus.url: "ftp://h" is not an http or https address',
    ],
    [
      { kind: 'errorRate' },
      { databases: { app: {} } },
      'databases.app: is one of both: write sqlite: "app.db", or postgres: "DATABASE_URL"',
    ],
    [
      { kind: 'errorRate' },
      { databases: { app: { postgres: 'postgres://h/d' } } },
      'is not the name of an environment variable',
    ],
  ])('knows whom a measure asks: %j', (metric, change, message) => {
    const plan = {
      ...input,
      ...change,
      metrics: { ...input.metrics, m: metric },
      matrix: [{ title: 'M', metric: 'm', red: '5%' }],
    };
    expect(linesOf(plan).join('\n')).toContain(message);
  });

  it('names every problem of a kind at once', () => {
    const plan = { ...input, titel: 'x', topology: 1, rollback: { budget: 'soon' } };
    expect(linesOf(plan)).toHaveLength(3);
    expect(() => parsePlan(plan)).toThrow(
      /^the plan has 3 problems\n {2}topology: .*\n {2}rollback\.budget: .*\n {2}titel: /,
    );
  });

  it('counts days by the week that the schedule has, and slack by the day', () => {
    const [rehearsal, canary] = input.phases;
    const phases = [
      { ...rehearsal, day: 2 },
      { ...canary, day: 'Week 2, day 4', slack: '20%' },
    ];
    const daysOf = (count: 'calendar' | 'working') =>
      parsePlan({ ...input, schedule: { count, slack: 1 }, phases }).plan.phases.map((phase) => [
        phase.day,
        phase.slackDays,
      ]);
    expect(daysOf('calendar')).toEqual([
      [2, 1],
      [11, 3],
    ]);
    expect(daysOf('working')).toEqual([
      [2, 1],
      [9, 2],
    ]);
  });

  it('refuses a day before the day of the phase that it comes after', () => {
    const [rehearsal, canary] = input.phases;
    const phases = [
      { ...rehearsal, day: 8 },
      { ...canary, day: 5 },
    ];
    expect(linesOf({ ...input, phases })).toEqual([
      'phases[1].day: day 5 is before day 8 of "rehearsal", which comes first',
    ]);
  });

  it('refuses a phase of an environment that comes earlier in the order', () => {
    const [rehearsal, canary] = input.phases;
    expect(linesOf({ ...input, phases: [canary, rehearsal] })).toEqual([
      'phases[1].environment: "staging" comes after a phase in "production"; the order of environments is staging, production',
    ]);
  });

  it('refuses an exposure that falls, for everybody or for one repository', () => {
    const withSteps = (...steps: readonly unknown[]): unknown => ({
      ...input,
      phases: [{ id: 'one', environment: 'staging', steps }],
    });
    const expose = (exposure: number, repositories?: readonly string[]): unknown => ({
      kind: 'expose',
      exposure,
      of: 'users',
      ...(repositories && { repositories }),
    });
    expect(linesOf(withSteps(expose(50), expose(10)))[0]).toContain('10 is below the 50 of a step before it');
    expect(linesOf(withSteps(expose(50, ['event']), expose(10, ['event', 'project'])))).toHaveLength(1);
    expect(linesOf(withSteps(expose(50, ['event']), expose(10, ['project']), expose(50)))).toEqual([]);
    // A step for everything is for everything: 20 would take thirty percent back from one repository.
    expect(linesOf(withSteps(expose(50, ['event']), expose(10, ['project']), expose(20)))).toEqual([
      'phases[0].steps[2].exposure: 20 is below the 50 of a step before it; exposure only rises in an environment',
    ]);
    expect(linesOf(withSteps(expose(50), expose(10, ['project'])))).toHaveLength(1);
  });

  it('refuses a holdback that is misplaced, too large, or never released', () => {
    const withSteps = (...steps: readonly unknown[]): unknown => ({
      ...input,
      phases: [{ id: 'one', environment: 'staging', steps }],
    });
    const expose = (more: object): unknown => ({ kind: 'expose', exposure: 100, of: 'users', ...more });
    const release = expose({});
    const held = expose({ holdback: 1 });
    const own = (repository: string, more: object = {}): unknown =>
      expose({ repositories: [repository], ...more });
    expect(linesOf(withSteps(held, release))).toEqual([]);
    expect(
      linesOf(withSteps(own('event', { holdback: 1 }), own('project', { holdback: 2 }), release)),
    ).toEqual([]);
    expect(linesOf(withSteps(held, own('event'), own('project')))).toEqual([]);
    const never =
      'percent are never released; add a step behind the hold that exposes the same at 100 without a holdback';
    expect(linesOf(withSteps(held))).toEqual([`phases[0].steps[0].holdback: the 1 ${never}`]);
    expect(linesOf(withSteps(held, own('event')))).toEqual([`phases[0].steps[0].holdback: the 1 ${never}`]);
    expect(linesOf(withSteps(expose({ exposure: 50, holdback: 1 }), release))).toEqual([
      'phases[0].steps[0].holdback: the exposure is 50, and the other 50 percent are on control anyway; a holdback is of an exposure of 100',
    ]);
    expect(linesOf(withSteps(expose({ of: 'instances', holdback: 1 }), release))).toEqual([
      'phases[0].steps[0].holdback: keys are held back, not instances; write "users" or "traffic", or a lower exposure',
    ]);
    expect(linesOf(withSteps(expose({ holdback: 51 }), release))).toEqual([
      'phases[0].steps[0].holdback: 51 is outside 0.01..50',
    ]);
    const last = { id: 'two', environment: 'staging', pointOfNoReturn: true };
    const past = (...steps: readonly unknown[]): unknown => ({
      ...input,
      phases: [
        { id: 'one', environment: 'staging', steps: [held] },
        { ...last, steps },
      ],
    });
    expect(linesOf(past(release))).toEqual([]);
    expect(linesOf(past(held, release))).toEqual([
      'phases[1].steps[0].holdback: behind the point of no return control may be unable to serve; release before it',
    ]);
    expect(linesOf(withSteps(release, held, release))).toEqual([
      'phases[0].steps[1].exposure: 99 is below the 100 of a step before it; exposure only rises in an environment',
    ]);
  });

  it('is another plan with a holdback, and the same one as ever without', () => {
    const step = { kind: 'expose', exposure: 100, of: 'users' };
    const withSteps = (...steps: readonly unknown[]): unknown => edited(['phases', 0, 'steps'], steps);
    const hashes = [0.5, 1].map((holdback) => parsePlan(withSteps({ ...step, holdback }, step)).hash);
    expect(new Set(hashes).size).toBe(2);
    expect(parsePlan(withSteps(step)).plan.phases[0]?.steps[0]).not.toHaveProperty('holdback');
  });

  it('refuses a step by environment that no variable can turn on', () => {
    const step = { kind: 'expose', exposure: 100, of: 'traffic', by: 'environment', repositories: ['event'] };
    expect(linesOf(edited(['phases', 0, 'steps', 1], step))).toEqual([
      'phases[0].steps[1].of: "traffic" cannot be turned on by environment; write "instances"',
      'phases[0].steps[1].by: "environment" needs the variable\'s name in repositories.event.env',
    ]);
  });

  it('refuses a gate that has nothing to judge, and a "hold" with no hold before it', () => {
    const steps = [
      { kind: 'gate', gate: 'smoke' },
      { kind: 'decision', question: 'Go?', options: { wait: 'hold' } },
    ];
    const phases = [{ id: 'one', environment: 'staging', steps }];
    expect(linesOf({ ...input, matrix: [], gates: { smoke: [] }, phases })).toEqual([
      'phases[0].steps[0].gate: "smoke" has no row to judge, so it never passes',
      'phases[0].steps[1].options.wait: "hold" repeats the hold before it, and this phase has none',
    ]);
  });
});

describe('the hash of a plan', () => {
  it('does not depend on the order of keys, nor on defaults that are written out', () => {
    const reversed = Object.fromEntries(Object.entries(input).toReversed());
    const spelled = {
      ...input,
      salt: 'raw-to-drizzle',
      instances: { lease: '15s' },
      store: { sqlite: 'else.db' },
    };
    expect(parsePlan(reversed).hash).toBe(parsePlan(input).hash);
    expect(parsePlan(spelled).hash).toBe(parsePlan(input).hash);
  });

  it('changes with every leaf of the plan', () => {
    const { plan, hash } = parsePlan(input);
    expect(planHash({ ...plan, rollback: { ...plan.rollback, automatic: false } })).not.toBe(hash);
    expect(parsePlan({ ...input, title: 'Another' }).hash).not.toBe(hash);
  });
});

describe('anything at all', () => {
  it('is a plan or a CutoverError', () => {
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true }),
        (value) => {
          problemsOf(value);
        },
      ),
    );
  });

  it('is a plan or a CutoverError in every place of a plan', () => {
    const paths = leafPaths(input, []);
    const value = fc.oneof(
      fc.anything(),
      fc.jsonValue(),
      fc.constantFrom('', '1e999%', '9'.repeat(400) + 'd', -0, 1e308),
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), value, (path, replaced) => {
        problemsOf(edited(path, replaced));
      }),
      { numRuns: 1_000 },
    );
  });
});

function leafPaths(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, of]) => leafPaths(of, [...path, key])),
  ];
}

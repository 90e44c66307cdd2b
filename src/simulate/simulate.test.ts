import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { CutoverError } from '../kernel/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { parseDisturbance, type Scenario } from './scenario.ts';
import { simulate, type Simulation } from './simulate.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const hold = (hours: number) => ({ kind: 'hold', for: `${hours}h` }) as const;
const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { staging: {}, production: { protected: true } },
  metrics: {
    errors: { kind: 'errorRate', expected: '0.05%' },
    p95: { kind: 'latency', quantile: 95, expected: '50ms' },
    memory: { kind: 'gauge', gauge: 'rss', expected: '100MB' },
    complaints: { kind: 'counter', counter: 'complaints' },
    fresh: { kind: 'newErrors' },
  },
  matrix: [
    { title: 'Errors', metric: 'errors', yellow: '0.1%', red: '0.5%' },
    { title: 'Response time', metric: 'p95', against: 'control', yellow: '5%', red: '10%' },
    { title: 'Memory growth', metric: 'memory', against: 'hour', yellow: '1MB/h', red: '10MB/h' },
    { title: 'Memory', metric: 'memory', red: '150MB', onRed: 'pause' },
    { title: 'Complaints', metric: 'complaints', yellow: 1, red: 5 },
    { title: 'New errors', metric: 'fresh', red: 0 },
  ],
  phases: [
    {
      id: 'staging',
      environment: 'staging',
      steps: [
        { kind: 'expose', exposure: 100, of: 'instances' },
        { kind: 'command', run: ['true'] },
        hold(72),
      ],
    },
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 10, of: 'instances' },
        hold(48),
        { kind: 'decision', question: 'Expand?', options: { go: 'advance', back: 'rollback' } },
      ],
    },
    {
      id: 'full',
      environment: 'production',
      steps: [{ kind: 'expose', exposure: 100, of: 'instances' }, hold(24)],
    },
  ],
  rollback: { budget: '1m' },
};
const { plan, hash } = parsePlan(input);

function play(disturbances: readonly string[], more: Partial<Scenario> = {}): Simulation {
  const scenario = { callsPerSecond: 100, instances: 10, operatorMs: HOUR, ...more };
  return simulate(
    plan,
    hash,
    { ...scenario, disturbances: disturbances.map(parseDisturbance) },
    plan.environments.map(({ name }) => name),
  );
}

/** When the first event of a kind happened, in milliseconds of the plan. */
function timeOf({ timeline }: Simulation, kind: string): number | undefined {
  return timeline.find(({ event }) => event.kind === kind)?.at;
}

describe('a simulated plan', () => {
  it('takes its holds and its decisions, and little more, when nothing happens', () => {
    const steady = play([]);
    expect(steady.outcome).toBe('completed');
    expect(steady.tookMs).toBeGreaterThanOrEqual(144 * HOUR + HOUR);
    expect(steady.tookMs).toBeLessThan(145 * HOUR + 10 * 60_000);
    const done = steady.timeline.filter(({ event }) => event.kind === 'step.completed');
    expect(done).toHaveLength(8);
    // The same engine, not a copy of it: what it logs is what a run logs.
    expect(steady.timeline.filter(({ event }) => event.kind === 'exposure.set')).toHaveLength(3);
  });

  it('waits for what a phase needs, and is told it by as many people as there are roles', () => {
    const needs = { checklists: ['ready'], approvals: ['Lead', 'CTO'] };
    const [first, ...others] = input.phases;
    if (first === undefined) throw new Error('no phase');
    const needy = parsePlan({
      ...input,
      checklists: { ready: ['a', 'b'] },
      phases: [{ ...first, needs }, ...others],
    });
    const scenario = { callsPerSecond: 100, instances: 10, disturbances: [] };
    const names = ['staging', 'production'];
    const answered = simulate(needy.plan, needy.hash, { ...scenario, operatorMs: HOUR }, names);
    expect(answered.outcome).toBe('completed');
    expect(
      answered.timeline.flatMap(({ event }) => (event.kind === 'plan.approved' ? [event.actor] : [])),
    ).toEqual(['Lead', 'CTO']);
    expect(simulate(needy.plan, needy.hash, { ...scenario, operatorMs: null }, names)).toMatchObject({
      outcome: 'waits for a person',
      reason: 'a person: 2 of checklist "ready", approval of Lead, approval of CTO',
      tookMs: 0,
    });
  });

  it('has people approve again before a window, and gives up on people who are always too late for it', () => {
    const windows = { mondays: { days: ['mon' as const], from: '09:00', to: '10:00' } };
    const needs = { approvals: ['CTO'], approvedWithin: '12h' };
    const steps = [{ kind: 'expose' as const, exposure: 10, of: 'users' as const }];
    const phases = [{ id: 'first', environment: 'staging', window: 'mondays', needs, steps }];
    const weekly = parsePlan({ ...input, windows, phases });
    const scenario = {
      callsPerSecond: 100,
      instances: 10,
      disturbances: [],
      startAt: Date.parse('2026-11-24T09:00:00Z'),
    };
    const approved = (operatorMs: number) => {
      const result = simulate(weekly.plan, weekly.hash, { ...scenario, operatorMs }, ['staging']);
      return [result.outcome, result.timeline.filter(({ event }) => event.kind === 'plan.approved').length];
    };
    expect(approved(HOUR)).toEqual(['completed', 2]);
    expect(approved(14 * HOUR)[0]).toBe('waits for a person');
  });

  it('is told the same twice', () => {
    expect(play(['slower=12%@5d'])).toEqual(play(['slower=12%@5d']));
  });

  it.each([
    // The limit is +10 %: telling +12 % from it takes half a day, and +30 % minutes.
    ['slower=12%@4d', 4 * DAY, 12 * HOUR, 'Response time: +12 % > +10 %'],
    ['slower=30%@4d', 4 * DAY, HOUR / 2, 'Response time: +30 % > +10 %'],
    ['errors=1%@100h', 100 * HOUR, HOUR / 2, 'Errors: 1.05 % > 0.5 %'],
    ['leak=12MB/h@4d', 4 * DAY, HOUR / 2, 'Memory growth: 12.0 MB/h > 10.0 MB/h'],
    ['complaints=6@4d', 4 * DAY, HOUR / 2, 'Complaints: 6 > 5'],
    ['new-error@4d', 4 * DAY, HOUR / 2, 'New errors: 1 > 0'],
  ])('is taken back by %s, soon after it begins, for that reason', (disturbance, from, within, reason) => {
    const result = play([disturbance]);
    expect(result).toMatchObject({ outcome: 'rolled back', reason: expect.stringContaining(reason) });
    const at = timeOf(result, 'rollback.started') ?? 0;
    expect(at).toBeGreaterThanOrEqual(from);
    expect(at).toBeLessThanOrEqual(from + within);
  });

  it('does not go back for what is within its limits, and does not go on either while that is yellow', () => {
    expect(play(['slower=4%@1d']).outcome).toBe('completed');
    const yellow = play(['slower=7%@4d'], { operatorMs: null });
    expect(yellow).toMatchObject({
      outcome: 'waits for a person',
      reason: expect.stringContaining('held too long'),
    });
  });

  it('counts no time in which nobody reports', () => {
    const dark = play(['outage@10h..20h']);
    expect(dark.outcome).toBe('completed');
    expect(dark.tookMs - play([]).tookMs).toBeGreaterThanOrEqual(9 * HOUR);
    expect(dark.tookMs - play([]).tookMs).toBeLessThanOrEqual(11 * HOUR);
  });

  it('waits for a person who never answers, and says for what', () => {
    const never = play([], { operatorMs: null });
    expect(never).toMatchObject({
      outcome: 'waits for a person',
      reason: expect.stringContaining('Expand?'),
    });
  });

  it('asks when there are too few calls to know anything', () => {
    const quiet = play([], { callsPerSecond: 1, operatorMs: null });
    expect(quiet).toMatchObject({
      outcome: 'waits for a person',
      reason: expect.stringContaining('held too long'),
    });
    const pause = quiet.timeline.find(({ event }) => event.kind === 'run.paused');
    expect(JSON.stringify(pause)).toContain('of 100 samples');
  });

  it('ends for any world, and goes through only if nothing was red', () => {
    const any = fc.array(
      fc.constantFrom(
        'slower=3%',
        'slower=30%@2d',
        'errors=0.02%',
        'errors=2%@80h..90h',
        'leak=3MB/h',
        'leak=40MB/h@1d',
        'outage@1d..2d',
        'complaints=2@2d',
        'new-error@6d',
      ),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(
        any,
        fc.constantFrom(1, 30, 500),
        fc.constantFrom(null, HOUR),
        (list, callsPerSecond, operatorMs) => {
          const { outcome, timeline } = play(list, { callsPerSecond, operatorMs });
          const wentBack = timeline.some(({ event }) => event.kind === 'rollback.started');
          expect(outcome === 'rolled back').toBe(wentBack);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('a disturbance', () => {
  it('is read as it is typed', () => {
    expect(parseDisturbance('slower=12%@2d')).toEqual({
      kind: 'slower',
      by: 0.12,
      from: 2 * DAY,
      until: Number.POSITIVE_INFINITY,
    });
    expect(parseDisturbance('outage@5h..7h')).toEqual({ kind: 'outage', from: 5 * HOUR, until: 7 * HOUR });
    expect(parseDisturbance('leak=12MB/h')).toMatchObject({ bytesPerHour: 12e6, from: 0 });
  });

  it.each([
    'slow=3%',
    'slower',
    'slower=-1%',
    'errors=300%',
    'outage=2h',
    'outage@7h..5h',
    'leak=x',
    'errors=1%@soon',
    '',
  ])('is refused as %j with what was probably meant', (text) => {
    expect(() => parseDisturbance(text)).toThrow(CutoverError);
  });
});

describe('a simulated plan that holds a control group back', () => {
  const expose = (more: object = {}) => ({ kind: 'expose', exposure: 100, of: 'users', ...more }) as const;
  const held = parsePlan({
    ...input,
    environments: { production: {} },
    phases: [
      {
        id: 'full',
        environment: 'production',
        steps: [expose({ holdback: 2 }), hold(24), expose(), hold(1)],
      },
    ],
  });

  it('exposes the rest, compares with who is held back, and releases them at the end', () => {
    const scenario = { callsPerSecond: 100, instances: 10, operatorMs: HOUR, disturbances: [] };
    const { outcome, timeline } = simulate(held.plan, held.hash, scenario, ['production']);
    expect(outcome).toBe('completed');
    const set = timeline.flatMap(({ event }) => (event.kind === 'exposure.set' ? [event] : []));
    expect(set.map(({ exposure, holdback }) => [exposure, holdback])).toEqual([
      [9_800, 200],
      [10_000, undefined],
    ]);
    const looks = timeline.flatMap(({ event }) => (event.kind === 'gate.looked' ? [event] : []));
    const groups = looks.map(({ controlGroups }) => controlGroups?.['user']?.by);
    expect([groups[0], groups.at(-1)]).toEqual(['holdback', 'none']);
    const kinds = looks.map(
      ({ rows }) => rows.find(({ title }) => title === 'Response time')?.measure.referenceKind,
    );
    expect([kinds[0], kinds.at(-1)]).toEqual(['control', 'frozen']);
  });
});

describe('a simulated plan with days, windows and freezes', () => {
  const [staging, canary, full] = input.phases;
  if (staging === undefined || canary === undefined || full === undefined) throw new Error('no phases');
  const scheduled = parsePlan({
    ...input,
    schedule: { timeZone: 'Europe/Rome' },
    windows: { nights: { days: ['tue', 'wed'], from: '02:00', to: '05:00' } },
    freezes: [{ from: '2026-12-04', to: '2026-12-09', reason: 'fair', environments: ['production'] }],
    phases: [
      { ...staging, day: 1, steps: [...staging.steps.slice(0, 2), { ...hold(72), expected: '73h' }] },
      { ...canary, day: 8, window: 'nights', expected: '60h' },
      { ...full, day: 11 },
    ],
  });
  const nine = Date.parse('2026-11-24T08:00Z');
  const run = (startAt: number, disturbances: readonly string[] = []): Simulation => {
    const with_ = disturbances.map(parseDisturbance);
    const scenario = { callsPerSecond: 100, instances: 10, operatorMs: HOUR, startAt, disturbances: with_ };
    return simulate(scheduled.plan, scheduled.hash, scenario, ['staging', 'production']);
  };
  const entered = (result: Simulation): readonly string[] =>
    result.timeline.flatMap(({ at, event }) =>
      event.kind === 'exposure.set' ? [new Date(nine + at).toISOString().slice(0, 16)] : [],
    );

  it('waits for all of them, in moments', () => {
    const result = run(nine);
    expect(result.outcome).toBe('completed');
    // The window of Tuesday, day 8; then the freeze over day 11, and the raise after it.
    expect(entered(result)).toEqual(['2026-11-24T08:00', '2026-12-01T01:00', '2026-12-09T23:00']);
    const [late, ...more] = result.timeline.filter(({ event }) => event.kind === 'run.overran');
    expect([late?.event, more]).toMatchObject([{ of: 'beginning', phase: 'full' }, []]);
    const after = nine + (late?.at ?? 0) - Date.parse('2026-12-04T23:00Z');
    expect(after >= 0 && after <= HOUR).toBe(true);
  });

  it('is taken back while it waits, and says what takes too long', () => {
    const red = run(nine, ['errors=2%@12d']);
    expect(red).toMatchObject({ outcome: 'rolled back', reason: expect.stringContaining('Errors') });
    expect(red.tookMs).toBeLessThan(12 * DAY + HOUR);
    const dark = run(nine, ['outage@1d..30h']);
    expect(dark.outcome).toBe('completed');
    const late = dark.timeline.find(({ event }) => event.kind === 'run.overran');
    expect(late).toMatchObject({ environment: 'staging', event: { of: 'step', expectedMs: 73 * HOUR } });
    expect((late?.at ?? 0) - 73 * HOUR).toBeLessThan(11_000);
  });
});

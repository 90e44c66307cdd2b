import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { RULES } from './finding.ts';
import { lintPlan } from './lint.ts';

const sound: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { production: { protected: true } },
  metrics: { errors: { kind: 'errorRate' }, p95: { kind: 'latency', quantile: 95, expected: '50ms' } },
  matrix: [
    { title: 'Errors', metric: 'errors', yellow: '0.1%', red: '0.5%' },
    { title: 'Response time', metric: 'p95', against: 'control', yellow: '5%', red: '10%' },
  ],
  phases: [
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 10, of: 'users' },
        { kind: 'hold', for: '1h' },
        { kind: 'decision', question: 'Go on?', options: { go: 'advance', no: 'rollback' } },
      ],
    },
  ],
  rollback: { budget: '1m' },
};

function lint(change: Partial<PlanInput>): readonly string[] {
  const findings = lintPlan(parsePlan({ ...sound, ...change }).plan);
  return findings.map(({ rule, severity, where, message }) => `${severity} ${rule} ${where}: ${message}`);
}

const steps = (...list: PlanInput['phases'][number]['steps']): Partial<PlanInput> => ({
  phases: [{ id: 'canary', environment: 'production', steps: list }],
});

describe('a plan', () => {
  it('that means what it says has no findings', () => {
    expect(lint({})).toEqual([]);
  });

  it('whose row nobody can answer never passes', () => {
    const sql = { kind: 'sql', database: 'shop' } as const;
    const more = {
      databases: { shop: { postgres: 'SHOP_URL' } },
      prometheus: { url: '${PROMETHEUS_URL}' },
      ...steps({ kind: 'expose', exposure: 10, of: 'users' }, { kind: 'hold', for: '1h', gate: 'business' }),
    };
    const on = (metric: NonNullable<PlanInput['metrics'][string]>, against: 'value' | 'control' = 'value') =>
      lint({
        ...more,
        metrics: { ...sound.metrics, m: metric },
        gates: { business: [{ title: 'M', metric: 'm', against, red: 0.1 }] },
      });
    expect(on({ ...sql, query: 'select count(*) from stock' })).toEqual([]);
    expect(on({ ...sql, query: 'select count(*) from stock' }, 'control')).toEqual([
      expect.stringMatching(/^error never-passes gate business, row "M": .*never says "side"/),
    ]);
    expect(on({ ...sql, query: 'select side, avg(ms) from jobs group by side' }, 'control')).toEqual([]);
    expect(on({ ...sql, gives: 'share', query: 'select count(*) as total from payments' })).toEqual([
      expect.stringMatching(/gives a share and names no column bad or good/),
    ]);
    expect(on({ ...sql, gives: 'counts', query: 'select * from payment_totals' })).toEqual([]);
    expect(on({ ...sql, gives: 'counts', query: 'select bad, total from t', every: '1m' })).toEqual([
      expect.stringMatching(/asked for every 1m, and a window of 1m holds no growth/),
    ]);
    expect(on({ kind: 'prometheus', query: 'sum(x)' }, 'control')).toEqual([
      expect.stringMatching(/never says "side"/),
    ]);
    expect(on({ kind: 'prometheus', query: 'latency_seconds' }, 'control')).toEqual([]);
    expect(on({ kind: 'http', url: 'http://h/', timeout: '20s' })).toEqual([
      expect.stringMatching(
        /^warning never-passes .*an answer may take 20s, and the next one is due after 10s/,
      ),
    ]);
  });

  it('that compares answers before it exposes anything is sound, if a read runs in the shadow', () => {
    const metrics = { ...sound.metrics, different: { kind: 'mismatchRate' } } as const;
    const gates = { alike: [{ title: 'Answers', metric: 'different', red: '0.1%' }] };
    const hold = { kind: 'hold', for: '1h', gate: 'alike' } as const;
    expect(lint({ metrics, gates, ...steps({ kind: 'shadow', sample: 5 }, hold) })).toEqual([]);
    expect(lint({ metrics, gates, ...steps({ kind: 'shadow', sample: 0 }, hold) })).toEqual([
      'error never-passes canary / hold-1: no read runs in the shadow before it, so its row about mismatches never has a sample',
    ]);
  });

  it('whose alert comes after its rollback contradicts itself, until it says which one is meant', () => {
    const alert = { title: 'Alert', metric: 'p95', red: '75ms', onRed: 'investigate' } as const;
    const matrix = [...sound.matrix, alert];
    expect(lint({ matrix })).toEqual([
      'error contradiction row "Alert": investigate at 75ms never acts: "Response time" asks for rollback at +10 % (55ms)',
    ]);
    expect(lint({ matrix, precedence: ['Response time', 'Alert'] })).toEqual([]);
    expect(lint({ matrix: [...sound.matrix, { ...alert, red: '54ms' }] })).toEqual([]);
    const unknown = { ...sound.metrics, p95: { kind: 'latency', quantile: 95 } } as const;
    expect(lint({ matrix, metrics: unknown })).toEqual([]);
  });

  it('that asks a probe less often than its row needs would wait for ever', () => {
    const metrics = { ...sound.metrics, shop: { kind: 'probeFailures', probe: 'shop' } } as const;
    const matrix = [...sound.matrix, { title: 'Shop', metric: 'shop', red: '1%' }];
    const probed = (every: string) => ({
      probes: { shop: { url: 'https://shop.example', every } },
      metrics,
      matrix,
    });
    expect(lint(probed('30s'))).toEqual([
      'error never-passes row "Shop": it waits for 3 answers, and a window of 1m holds 2 of a probe every 30s',
    ]);
    expect(lint(probed('20s'))).toEqual([]);
    expect(lint({ probes: probed('20s').probes })).toEqual([
      'warning not-used probe shop: no metric is of it',
    ]);
  });

  it('contradicts itself between a gate and the matrix, too', () => {
    const late = { title: 'Errors', metric: 'errors', red: '1%', onRed: 'pause' } as const;
    const change = {
      gates: { smoke: [late] },
      ...steps({ kind: 'expose', exposure: 10, of: 'users' }, { kind: 'hold', for: '1h', gate: 'smoke' }),
    };
    expect(lint(change)).toEqual([
      'error contradiction row "smoke: Errors": pause at 1 % never acts: "Errors" asks for rollback at 0.5 %',
    ]);
    expect(lint({ ...change, precedence: ['smoke: Errors', 'Errors'] })).toEqual([]);
  });

  it.each([
    [
      'a row that is never green',
      {
        matrix: [
          ...sound.matrix,
          { title: 'Complaints', metric: 'errors', yellow: 0, red: '2%', onRed: 'rollback' },
        ],
      },
      'error never-passes row "Complaints": yellow begins at 0',
    ],
    [
      'a hold before anything is exposed',
      steps({ kind: 'hold', for: '1h' }, { kind: 'expose', exposure: 10, of: 'users' }),
      'error never-passes canary / hold-1: nothing is exposed',
    ],
    [
      'a decision that nobody gets past',
      steps(
        { kind: 'expose', exposure: 1, of: 'users' },
        { kind: 'decision', question: 'Well?', options: { no: 'rollback' } },
      ),
      'error never-passes canary / decision-1: none of its options advances',
    ],
    ['telemetry that is stale at once', { measure: { maxAge: '2s' } }, 'error never-passes measure.maxAge'],
    [
      'a window without a report',
      { measure: { window: '1s', every: '1s' } },
      'error never-passes measure.window',
    ],
    [
      'a hold that is over before a row can be red',
      steps({ kind: 'expose', exposure: 10, of: 'users' }, { kind: 'hold', for: '20s' }),
      'warning never-passes canary / hold-1: it lasts 20s, and a row needs 30s',
    ],
    [
      'a hold that asks before it can end',
      steps({ kind: 'expose', exposure: 10, of: 'users' }, { kind: 'hold', for: '2h', maxHold: '1h' }),
      'error never-passes canary / hold-1: maxHold of 1h',
    ],
    [
      'a normal that is not green',
      { metrics: { ...sound.metrics, errors: { kind: 'errorRate', expected: '0.1%' } } },
      'error never-passes row "Errors": what is normal, 0.1 %, is not green: the limit is 0.1 %',
    ],
    ['a placeholder', { title: 'Swap for [Team]' }, 'error placeholder title: "[Team]" was never filled in'],
    [
      'a budget that one dead instance breaks',
      { rollback: { budget: '10s' } },
      'warning rollback-unusable rollback.budget',
    ],
    [
      'a rollback that is not let',
      { rollback: { budget: '1m', automatic: false } },
      'warning rollback-unusable rollback.automatic',
    ],
    [
      'a metric that nobody looks at',
      { metrics: { ...sound.metrics, idle: { kind: 'counter', counter: 'x' } } },
      'warning not-used metric idle',
    ],
    [
      'an environment without a phase',
      { environments: { lonely: {}, production: { protected: true } } },
      'warning not-used environment lonely',
    ],
  ] satisfies readonly (readonly [string, Partial<PlanInput>, string])[])(
    'is told of %s',
    (_, change, message) => {
      expect(lint(change).join('\n')).toContain(message);
    },
  );

  it('may hold brackets where a program reads them, and placeholders where nothing is protected', () => {
    const run = { kind: 'command', run: ['grep', '[a-z]', 'TODO'] } as const;
    const exposed = { kind: 'expose', exposure: 10, of: 'users' } as const;
    expect(lint(steps(exposed, run))).toEqual([]);
    expect(lint({ title: 'TODO', environments: { production: {} } })).toEqual([
      'warning placeholder title: "TODO" was never filled in',
    ]);
  });

  it('has its errors before its warnings', () => {
    const found = lint({ rollback: { budget: '10s' }, title: '[Title]' });
    expect(found.map((line) => line.split(' ')[0])).toEqual(['error', 'warning']);
  });
});

it('knows the rules that its page explains', async () => {
  const { readFileSync } = await import('node:fs');
  const page = readFileSync(new URL('../../docs/reference/plan-lint.md', import.meta.url), 'utf8');
  expect([...page.matchAll(/^### (.+)$/gm)].map(([, name]) => name)).toEqual([...RULES]);
});

describe('a plan with days, windows and freezes', () => {
  const expose = { kind: 'expose', exposure: 10, of: 'users' } as const;
  const phase = (id: string, more: Partial<PlanInput['phases'][number]>, hold = '24h') => ({
    id,
    environment: 'production',
    steps: [expose, { kind: 'hold', for: hold } as const],
    ...more,
  });
  const nights = { nights: { days: ['tue', 'wed'], from: '02:00', to: '05:00' } } as const;
  const at = (dayOne: string | null, change: Partial<PlanInput>): readonly string[] =>
    lintPlan(parsePlan({ ...sound, ...change }).plan, dayOne).map(
      ({ rule, severity, where, message }) => `${severity} ${rule} ${where}: ${message}`,
    );

  it('is told of a window that may open too late for its day, and of one that closes too early', () => {
    const late = { windows: nights, phases: [phase('canary', { day: 2, window: 'nights' })] };
    expect(at(null, late)).toEqual([
      'warning schedule phase canary: window "nights" may stay closed for 6 days, and its day 2 has 0 of slack: it may begin late',
    ]);
    expect(at(null, { ...late, phases: [phase('canary', { day: 2, slack: 5, window: 'nights' })] })).toEqual(
      [],
    );
    const long = phase('canary', { window: 'nights', expected: '4h', steps: [expose] });
    expect(at(null, { windows: nights, phases: [long] })).toEqual([
      'warning schedule phase canary: it is expected to take 4h, and window "nights" is open for 3h: it would end outside of it',
    ]);
  });

  it('is told of a window that may not open in the time that its phase has', () => {
    const raise = { ...expose, exposure: 20, window: 'nights' };
    const steps = [expose, { kind: 'hold', for: '24h' }, raise] as const;
    expect(at(null, { windows: nights, phases: [phase('canary', { steps, expected: '2d' })] })).toEqual([
      'warning schedule canary / expose-2: window "nights" may stay closed for 6d, and the phase is expected to take 48h: it may not open in that time',
    ]);
    expect(at(null, { windows: nights, phases: [phase('canary', { steps, expected: '7d' })] })).toEqual([]);
  });

  it('is told of days that its holds do not leave room for', () => {
    const days = (day: number, hold: string, count: 'calendar' | 'working' = 'calendar') => ({
      schedule: { count },
      phases: [phase('canary', { day: 1 }, hold), phase('full', { day })],
    });
    expect(at(null, days(2, '48h'))).toEqual([
      'error schedule phase full: day 2 and its slack are over before the holds of the phases before it',
    ]);
    expect(at(null, days(3, '48h'))).toEqual([]);
    expect(at(null, days(3, '80h', 'working'))).toEqual([
      'warning schedule phase full: day 3 and its slack are over before the holds of the phases before it, depending on the weekday of day 1',
    ]);
    expect(at('2026-11-26', days(3, '80h', 'working'))).toEqual([]);
  });

  it('is told of a freeze over the day of a phase once the start is known', () => {
    const change = {
      freezes: [{ from: '2026-12-19', to: '2027-01-06', reason: 'end of the year' }],
      phases: [phase('canary', { day: 8 })],
    };
    expect(at(null, change)).toEqual([]);
    expect(at('2026-12-14', change)).toEqual([
      'warning schedule phase canary: its day 8, 2026-12-21, is in the freeze "end of the year": it begins after it',
    ]);
    expect(at('2026-11-24', change)).toEqual([]);
  });

  it('is told of times that are over before what they are for, and of holidays that change nothing', () => {
    expect(at(null, { phases: [phase('canary', { expected: '2h' })] })).toEqual([
      'error schedule phase canary: it is expected to take 2h, and its holds alone take 24h',
    ]);
    const short = [expose, { kind: 'hold', for: '24h', expected: '23h' } as const];
    expect(at(null, { phases: [phase('canary', { steps: short })] })).toEqual([
      'error schedule canary / hold-1: it is expected to take 23h, and holds for 24h',
    ]);
    expect(at(null, { schedule: { holidays: ['2026-12-25'] } })).toEqual([
      'warning schedule schedule.holidays: they change nothing: every day of the calendar counts',
    ]);
  });

  it('finds rows by which whoever opens a page could take everything back', () => {
    const metrics = { ...sound.metrics, pages: { kind: 'clientErrors' as const } };
    const row = { title: 'Pages', metric: 'pages', yellow: '1%', red: '3%' };
    const matrix = [...sound.matrix, row];
    expect(lint({ metrics, matrix })).toEqual([
      'warning forgeable matrix "Pages": browsers report it, which whoever opens a page can forge, and it takes back by itself',
    ]);
    expect(lint({ metrics, matrix: [...sound.matrix, { ...row, onRed: 'pause' }] })).toEqual([]);
  });
});

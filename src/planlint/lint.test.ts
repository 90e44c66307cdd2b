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

import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { barePlan } from '../engine/index.ts';
import { phaseDates } from '../schedule/index.ts';
import { planParts } from './plan-parts.ts';

const { plan } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, bike: {} },
  environments: { staging: {}, production: { protected: true } },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', yellow: '1%', red: '5%', onRed: 'pause' }],
  checklists: { ready: ['on call'] },
  windows: { night: { days: ['mon', 'tue'], from: '22:00', to: '04:00', timeZone: 'Europe/Rome' } },
  schedule: { timeZone: 'Europe/Rome' },
  phases: [
    { id: 'try', environment: 'staging', steps: [{ kind: 'expose', exposure: 100, of: 'traffic' }] },
    {
      id: 'real',
      environment: 'production',
      day: 3,
      window: 'night',
      needs: { checklists: ['ready'], approvals: ['CTO'] },
      steps: [
        { kind: 'expose', exposure: 10, of: 'users' },
        { kind: 'hold', for: '48h' },
      ],
    },
  ],
  rollback: { budget: '30s' },
});

describe('the parts of a plan', () => {
  const parts = planParts(plan, 'production', phaseDates(plan, '2026-11-16'));
  const textOf = (title: string): string => JSON.stringify(parts.find((one) => one.title === title));

  it('have every step of every phase once, and fold what is of another environment', () => {
    const steps = parts.flatMap(({ tables }) =>
      tables.filter(({ label }) => label.startsWith('Steps of')).flatMap(({ rows }) => rows),
    );
    expect(steps).toHaveLength(plan.phases.flatMap((phase) => phase.steps).length);
    expect(parts.filter(({ folded }) => folded).map(({ title }) => title)).toEqual([
      'Checklist “ready”',
      'staging: try',
    ]);
  });

  it('say when a phase may begin and what it needs', () => {
    const text = textOf('production: real');
    expect(text).toContain('Day 3 of the plan.');
    expect(text).toContain('2026-11-18');
    expect(text).toContain('Needs what is on “ready”.');
    expect(text).toContain('Needs the approval of CTO, not older than 24h.');
    expect(textOf('When it waits')).toContain('22:00 to 04:00 Europe/Rome');
  });

  it('have limits in the unit of what they limit, and what red does', () => {
    expect(textOf('What is judged')).toContain('["Errors","errors","1 %","5 %","pauses"]');
    expect(textOf('How it goes back')).toContain('within 30s: that is the budget');
  });

  it('leave out what the plan does not have', () => {
    expect(parts.map(({ title }) => title)).not.toContain('People');
    for (const { tables } of parts) for (const { rows } of tables) expect(rows).not.toEqual([]);
  });

  it('say of a log without a run its flags and nothing by default', () => {
    const { id: migration, salt, flag, repositories, allow, deny, leaseMs } = plan;
    const names = { global: flag, repositories };
    const registration = { migration, environment: 'staging', salt, names, allow, deny, leaseMs };
    const bare = planParts(barePlan(registration, ['staging']), 'staging', []);
    expect(bare.map(({ title }) => title)).toEqual(['What it is about']);
  });
});

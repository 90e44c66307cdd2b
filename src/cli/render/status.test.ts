import { describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../report/index.ts';
import { fullPaint, noPaint } from '../paint.ts';
import { renderStatus, statusLine } from './status.ts';

const AT = Date.UTC(2026, 7, 1, 12, 0, 0);
const side = (calls: number, errors: number, p95Ms: number | null) => ({ calls, errors, p95Ms });
const row = (title: string, colour: 'green' | 'yellow' | 'red' | 'none', value: string, reason: string) => ({
  title,
  verdict: colour === 'green' ? 'pass' : 'insufficient',
  colour,
  value,
  yellow: '0.1 %',
  red: '0.5 %',
  samples: 12_345,
  small: false,
  reason,
  of: title === 'CPU' || title === 'Memory' ? ('processes' as const) : ('calls' as const),
});
const instance = (name: string, more: Partial<StatusDocument['instances'][number]> = {}) => ({
  instance: name,
  liveness: 'live' as const,
  acknowledged: 7,
  pins: 0,
  candidate: false,
  notes: [],
  ...more,
});

const holding: StatusDocument = {
  schema: 'cutover.status/1',
  migration: 'raw-sql-to-drizzle',
  title: 'Raw SQL to Drizzle',
  environment: 'production',
  protected: true,
  at: AT,
  state: 'running',
  since: AT - 13 * 3_600_000,
  sentence: 'Running at canary / hold-1.',
  waitingFor: '35h more of observed time',
  nextCommand: null,
  run: {
    id: 'production-1-3fa2',
    planHash: '3f2a91bc04de55aa',
    timeScale: 14_400,
    startedAt: AT - 61_000,
    actor: 'ana',
    phase: 'canary',
    step: 'hold-1',
    dayOne: null,
  },
  delay: null,
  late: [],
  phases: [
    {
      id: 'canary',
      title: 'Production canary, a tenth of the instances and whoever is on them',
      risk: 'medium',
      pointOfNoReturn: false,
      state: 'current',
      enteredAt: AT - 60_000,
      leftAt: null,
      steps: [
        { id: 'expose-1', kind: 'expose', title: 'expose-1', state: 'done', forMs: null, progress: null },
        {
          id: 'hold-1',
          kind: 'hold',
          title: 'Watch it for two days, nights included, before',
          state: 'current',
          forMs: 172_800_000,
          progress: 0.27,
        },
        {
          id: 'decision-1',
          kind: 'decision',
          title: 'decision-1',
          state: 'ahead',
          forMs: null,
          progress: null,
        },
      ],
    },
    {
      id: 'expansion',
      title: 'expansion',
      risk: null,
      pointOfNoReturn: false,
      state: 'ahead',
      enteredAt: null,
      leftAt: null,
      steps: [],
    },
  ],
  recentMs: 10_000,
  routing: { epoch: 7, failSide: 'control', killed: [] },
  exposure: [
    {
      repository: 'project',
      flag: 'use_drizzle_project',
      set: 10,
      of: 'instances',
      decides: 'repository',
      shadow: null,
      killed: false,
      actual: 9.84,
      control: side(120_400, 0, 50.4),
      candidate: side(13_300, 3, 4.256),
    },
    {
      repository: 'execution-history-archive',
      flag: 'x',
      set: null,
      of: 'traffic',
      decides: 'global',
      shadow: null,
      killed: true,
      actual: null,
      control: side(0, 0, null),
      candidate: side(0, 0, null),
    },
  ],
  gate: {
    name: 'matrix',
    verdict: 'insufficient',
    at: AT - 4_000,
    rows: [
      row('Error rate', 'green', '0.02 %', '<= 0.5 %'),
      row(
        'Response time',
        'yellow',
        '+7.3 %',
        '+7.3 % >= 5 %, look 2 of 3 and some more words to break the line over',
      ),
      row('Memory', 'none', '-', '3 of 100 samples'),
      row('CPU', 'red', '+31 %', '+31 % > 15 %, 3 looks in a row'),
    ],
    controlGroup: [],
    assignment: [],
  },
  requests: [],
  controller: 'present',
  instances: [
    instance('production-01', { candidate: true, pins: 3 }),
    instance('production-02', { acknowledged: 6 }),
    instance('production-03', {
      liveness: 'gone',
      notes: ['USE_DRIZZLE=true (ignored: this phase is not by environment)'],
    }),
  ],
  rollback: null,
  contingencies: [],
  baseline: null,
  log: { seq: 42, head: 'abc' },
};

const rolledBack: StatusDocument = {
  ...holding,
  state: 'rolled-back',
  sentence: 'Rolled back in 23ms to the last acknowledgement: Error rate 4.1 % > 0.5 %, 3 looks in a row',
  waitingFor: 'a person to acknowledge the rollback: cutover resume --reason …',
  nextCommand: 'cutover resume --environment production --reason "…"',
  gate: null,
  instances: [],
  rollback: {
    cause: 'gate',
    reason: 'Error rate 4.1 % > 0.5 %',
    actor: 'cutover',
    repositories: null,
    covers: null,
    startedAt: AT - 60_000,
    budgetMs: 60_000,
    tookMs: 23,
    sinceCauseMs: null,
    withinBudget: true,
    confirm: null,
    missing: [],
  },
};

const widthOf = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('renderStatus', () => {
  it('shows a held canary on 80 columns', () => {
    expect(renderStatus(holding, ['12:00:00Z  canary / hold-1: entered'], 80, noPaint)).toMatchSnapshot();
  });

  it('shows what the plan itself keeps it from, and what takes too long', () => {
    const waiting = {
      ...holding,
      waitingFor: 'the window "low traffic" opens Tue 02:00 Europe/Rome, in 5h',
      late: ['canary / hold-1 takes longer than the plan has it'],
    };
    const shown = renderStatus(waiting, [], 80, noPaint).split('\n');
    expect(shown).toContain('Waiting for the window "low traffic" opens Tue 02:00 Europe/Rome, in 5h');
    expect(shown).toContain('canary / hold-1 takes longer than the plan has it');
  });

  it('shows no time below zero after the clock was set back', () => {
    const shown = renderStatus({ ...holding, since: AT + 3_600_000 }, [], 80, noPaint);
    expect(shown).toContain('▶ running for 0ms');
  });

  it('shows a rollback with its proof and the command to type next', () => {
    expect(renderStatus(rolledBack, [], 80, noPaint)).toMatchSnapshot();
  });

  it.each([60, 80, 120])('keeps every line within %i columns', (width) => {
    const events = [`12:00:00Z  ${'a long line of an event '.repeat(8)}`];
    expect(widthOf(renderStatus(holding, events, width, noPaint))).toBeLessThanOrEqual(width);
  });

  it('says the same without colour', () => {
    const coloured = renderStatus(holding, [], 80, fullPaint);
    // oxlint-disable-next-line no-control-regex -- colours are control sequences
    expect(coloured.replaceAll(/\u001B\[\d+m/g, '')).toBe(renderStatus(holding, [], 80, noPaint));
    expect(coloured).not.toBe(renderStatus(holding, [], 80, noPaint));
  });

  it('leaves out on a low screen what says least, and nothing that needs a look', () => {
    const events = Array.from({ length: 6 }, (_, index) => `12:00:0${index}Z  event ${index}`);
    const rows = (most: number): string => renderStatus(holding, events, 80, noPaint, most);
    const full = renderStatus(holding, events, 80, noPaint);
    expect(rows(200)).toBe(full);
    for (const most of [45, 40, 35, 30]) {
      const shown = rows(most);
      expect(shown.split('\n').length).toBeLessThanOrEqual(most);
      for (const kept of ['Waiting for', 'hold-1', 'CPU', 'event 5']) expect(shown).toContain(kept);
    }
    expect(rows(24)).toMatchSnapshot();
  });

  it('leaves the rollback of a run before out', () => {
    const next = { ...holding, run: holding.run && { ...holding.run, startedAt: AT - 1 } };
    const text = renderStatus({ ...next, rollback: rolledBack.rollback }, [], 80, noPaint);
    expect(text).not.toContain('Rollback of everything');
  });

  it('lists only the instances that need a look where there are many', () => {
    const many = Array.from({ length: 1_000 }, (_, index) =>
      instance(`i-${index}`, { acknowledged: index === 500 ? 6 : 7 }),
    );
    const text = renderStatus({ ...holding, instances: many }, [], 80, noPaint);
    expect(text).toContain('Instances: 1000, 0 on the candidate, 999 acknowledged epoch 7');
    expect(text).toContain('i-500');
    expect(text).not.toContain('i-499');
  });
});

describe('statusLine', () => {
  it('says state, reason, wait and exposure in one line', () => {
    expect(statusLine(holding)).toBe(
      'production: running. Running at canary / hold-1. Waiting for 35h more of observed time. [epoch 7; project 10 %, execution-history-archive unset]',
    );
  });
});

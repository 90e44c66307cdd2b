import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/index.ts';
import type { RowStatus, StatusDocument } from '../../src/report/index.ts';
import { needsOf } from './needs.ts';
import { repositoryRows, sortedRows, type Column } from './repositories.ts';
import { standingOf, worstFirst } from './standing.ts';

const side = (calls: number, errors = 0, p95Ms: number | null = 20) => ({ calls, errors, p95Ms });
const exposure = (repository: string, more: Partial<StatusDocument['exposure'][number]> = {}) => ({
  repository,
  flag: repository,
  set: 50,
  of: 'traffic',
  decides: 'global' as const,
  killed: false,
  actual: 50,
  control: side(100),
  candidate: side(100),
  shadow: null,
  ...more,
});
const row = (title: string, verdict: string, colour: RowStatus['colour'], of: RowStatus['of'] = 'calls') => ({
  title,
  verdict,
  colour,
  value: '1 %',
  yellow: '1 %',
  red: '5 %',
  samples: 10,
  small: false,
  reason: `${title} is so`,
  of,
});
const gate = (rows: readonly RowStatus[]) => ({
  name: 'matrix',
  verdict: 'pass',
  at: 1,
  rows,
  controlGroup: [],
  assignment: [],
});

const RUNNING: StatusDocument = {
  schema: 'cutover.status/1',
  migration: 'shop',
  title: 'Shop',
  environment: 'production',
  protected: false,
  at: 1,
  state: 'running',
  since: 1,
  sentence: 'Running at canary / hold-1.',
  waitingFor: null,
  nextCommand: null,
  run: {
    id: 'r',
    planHash: 'h',
    timeScale: 1,
    startedAt: 1,
    actor: 'ana',
    phase: 'canary',
    step: 'hold-1',
    dayOne: null,
  },
  delay: null,
  late: [],
  phases: [],
  routing: { epoch: 3, failSide: 'control', killed: [] },
  recentMs: 10_000,
  exposure: [exposure('user'), exposure('order')],
  requests: [],
  gate: gate([row('Errors', 'pass', 'green')]),
  controller: 'present',
  instances: [],
  rollback: null,
  contingencies: [],
  baseline: null,
  log: { seq: 1, head: 'h' },
};
const ROLLBACK: NonNullable<StatusDocument['rollback']> = {
  cause: 'gate',
  reason: 'Errors 9 % > 5 %',
  actor: 'cutover',
  repositories: null,
  covers: null,
  startedAt: 5,
  budgetMs: 100,
  tookMs: null,
  sinceCauseMs: null,
  withinBudget: null,
  confirm: null,
  missing: [],
};
const NOTHING = { needs: [], rollbackItems: [], decision: null };
const words = (known: Parameters<typeof needsOf>[0]) => needsOf(known).map(({ word }) => word);

describe('who has to act', () => {
  it('is nobody while a run goes as it should, and while nothing is known of what waits', () => {
    expect(needsOf({ status: RUNNING, waiting: NOTHING, mismatches: null })).toEqual([]);
    expect(needsOf({ status: RUNNING, waiting: null, mismatches: { compared: 9, different: 0 } })).toEqual(
      [],
    );
  });

  it('is told each thing with its screen and its command, the most urgent first', () => {
    const status: StatusDocument = {
      ...RUNNING,
      state: 'paused',
      nextCommand: 'cutover advance --retry --environment production --reason "…"',
      controller: 'silent',
      late: ['canary takes longer than the plan has it'],
      gate: { ...gate([row('Errors', 'fail', 'red'), row('CPU', 'pass', 'yellow')]) },
      contingencies: [
        { name: 'slow', at: 1, why: [], errors: [], kept: null, tell: ['lead'], next: ['look'] },
      ],
    };
    const waiting = {
      needs: [
        { kind: 'approval' as const, role: 'CTO', asked: null },
        { kind: 'checklist' as const, checklist: 'ready', open: ['on call', 'dashboard'] },
      ],
      rollbackItems: [],
      decision: { id: 'd', question: 'Go on?', options: { expand: 'advance', back: 'rollback' } },
    };
    const needs = needsOf({ status, waiting, mismatches: { compared: 1_200, different: 7 } });
    expect(needs.map(({ word, screen, words: [first] }) => [word, screen, first])).toEqual([
      ['unwatched', 'audit', 'run'],
      ['red', 'phases/canary', 'gate'],
      ['paused', 'audit', 'advance'],
      ['decision', 'phases/canary', 'advance'],
      ['approval', 'approvals', 'approve'],
      ['checklist', 'approvals', 'check'],
      ['mismatches', 'mismatches', 'mismatches'],
      ['contingency', 'audit', 'log'],
      ['late', 'plan', 'status'],
    ]);
    expect(needs.find(({ word }) => word === 'mismatches')?.text).toContain('7 answers of 1,200');
    expect(needs.find(({ word }) => word === 'paused')?.words).toContain('--retry');
  });

  it('is told of a rollback: who was not heard of, what was opened by it, and that a person lifts it', () => {
    const back = {
      ...RUNNING,
      state: 'rolling-back' as const,
      rollback: { ...ROLLBACK, missing: ['web-2'] },
    };
    const [first] = needsOf({ status: back, waiting: NOTHING, mismatches: null });
    expect(first).toMatchObject({ tone: 'fail', word: 'overdue' });
    expect(first?.text).toContain('web-2');
    const done = { ...back, state: 'rolled-back' as const, rollback: { ...ROLLBACK, tookMs: 9 } };
    expect(words({ status: done, waiting: NOTHING, mismatches: null })).toEqual(['taken back']);
    const items = { ...NOTHING, rollbackItems: ['post-mortem'] };
    expect(words({ status: done, waiting: items, mismatches: null })).toEqual(['checklist']);
  });

  it('is never told that something red is fine, whatever else there is', () => {
    const colour = fc.constantFrom('green', 'yellow', 'red', 'none' as const);
    fc.assert(
      fc.property(fc.array(colour), fc.boolean(), (colours, isPaused) => {
        const rows = colours.map((one, index) => row(`r${index}`, 'pass', one));
        const status = { ...RUNNING, ...(isPaused && { state: 'paused' as const }), gate: gate(rows) };
        const found = needsOf({ status, waiting: null, mismatches: null });
        expect(found.filter(({ word }) => word === 'red')).toHaveLength(
          colours.filter((one) => one === 'red').length,
        );
        for (const { tone } of found) expect(tone).not.toBe('pass');
      }),
    );
  });
});

const PLAN = {
  gates: {
    matrix: [
      { title: 'Errors', metric: 'all' },
      { title: 'Errors of orders', metric: 'orders' },
      { title: 'Memory', metric: 'memory' },
    ],
  },
  metrics: {
    all: { kind: 'errorRate', repositories: null },
    orders: { kind: 'errorRate', repositories: ['order'] },
    memory: { kind: 'gauge', gauge: 'rss' },
  },
} as unknown as Plan;
const verdicts = (status: StatusDocument, plan: Plan | null = PLAN) =>
  repositoryRows(status, plan).map(({ repository, verdict: { tone, text } }) => [repository, tone, text]);

describe('the verdict of a repository', () => {
  it('is that of the worst row that judges its calls', () => {
    const rows = [
      row('Errors', 'pass', 'green'),
      row('Errors of orders', 'fail', 'red'),
      row('Memory', 'fail', 'red', 'processes'),
    ];
    expect(verdicts({ ...RUNNING, gate: gate(rows) })).toEqual([
      ['user', 'pass', 'pass'],
      ['order', 'fail', 'fail'],
    ]);
    expect(verdicts({ ...RUNNING, gate: gate([row('Memory', 'fail', 'red', 'processes')]) })).toEqual([
      ['user', 'none', 'not judged'],
      ['order', 'none', 'not judged'],
    ]);
  });

  it('is green only for a row that passed, of something that is exposed', () => {
    const verdict = fc.constantFrom('pass', 'fail', 'insufficient', 'stale');
    const colour = fc.constantFrom('green', 'yellow', 'red', 'none' as const);
    const set = fc.constantFrom(null, 0, 10, 100);
    fc.assert(
      fc.property(verdict, colour, set, fc.boolean(), fc.boolean(), (said, shade, share, killed, looked) => {
        const status = {
          ...RUNNING,
          exposure: [exposure('user', { set: share, killed })],
          gate: looked ? gate([row('Errors', said, shade)]) : null,
        };
        const [found] = repositoryRows(status, PLAN);
        const isFine = said === 'pass' && (shade === 'green' || shade === 'none');
        expect(found?.verdict.tone === 'pass').toBe(
          isFine && looked && !killed && share !== null && share > 0,
        );
        if (killed) expect(found?.verdict.text).toBe('killed');
      }),
    );
  });
});

describe('the table of repositories', () => {
  it('has the worst on top, and then the busiest', () => {
    const status = {
      ...RUNNING,
      exposure: [
        exposure('calm'),
        exposure('order'),
        exposure('busy', { control: side(900) }),
        exposure('off', { killed: true }),
      ],
      gate: gate([row('Errors', 'pass', 'green'), row('Errors of orders', 'insufficient', 'none')]),
    };
    const sorted = sortedRows(repositoryRows(status, PLAN), 'verdict', false);
    expect(sorted.map(({ repository }) => repository)).toEqual(['off', 'order', 'busy', 'calm']);
  });

  it('has every row once, however it is sorted, and turned round the other way round', () => {
    const some = fc.uniqueArray(
      fc.record({
        repository: fc.string({ minLength: 1 }),
        calls: fc.nat(),
        errors: fc.nat(),
        p95Ms: fc.option(fc.nat()),
        actual: fc.option(fc.nat(100)),
      }),
      { selector: ({ repository }) => repository },
    );
    const column = fc.constantFrom<Column>(
      'verdict',
      'repository',
      'exposure',
      'calls',
      'p95',
      'errors',
      'mismatches',
    );
    fc.assert(
      fc.property(some, column, (all, by) => {
        const exposures = all.map(({ repository, calls, errors, p95Ms, actual }) =>
          exposure(repository, { actual, candidate: side(calls, errors, p95Ms) }),
        );
        const rows = repositoryRows({ ...RUNNING, exposure: exposures }, PLAN);
        const names = (isReversed: boolean) =>
          sortedRows(rows, by, isReversed).map(({ repository }) => repository);
        expect(names(false).toSorted()).toEqual(all.map(({ repository }) => repository).toSorted());
        expect(names(true)).toEqual(names(false).toReversed());
      }),
    );
  });
});

describe('the list of migrations', () => {
  const place = (environment: string, state: string, more: object = {}) => ({
    migration: 'shop',
    environment,
    state,
    verdict: null,
    waitingFor: null,
    ...more,
  });

  it('has those first that need somebody, and a state that is not known among them', () => {
    const places = [
      place('a', 'completed'),
      place('b', 'not started'),
      place('c', 'running', { verdict: 'pass' }),
      place('d', 'running', { waitingFor: 'a person: Go on?' }),
      place('e', 'running', { verdict: 'fail' }),
      place('f', 'rolled-back', { verdict: 'fail' }),
      place('g', 'something new'),
    ];
    expect(
      worstFirst(places)
        .map(({ environment }) => environment)
        .join(''),
    ).toBe('fegdcba');
    expect(standingOf('something new')).toMatchObject({ tone: 'none', text: 'something new' });
  });
});

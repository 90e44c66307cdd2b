import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { DatabaseCheck, PlanInput } from '../plan/index.ts';
import { dueCheck, type CheckMoment } from './database-check.ts';
import type { CutoverEvent } from './events.ts';
import { evolve, isExposed } from './evolve.ts';
import type { InstanceView } from './instances.ts';
import { next, waitingFor, type Tick } from './next.ts';
import { requestEvents, type OperatorRequest } from './request.ts';
import { registrationOf } from './start.ts';
import { emptyState, type State } from './state.ts';

const by = { actor: 'ana', reason: 'test' };
const expose = { kind: 'expose', exposure: 10, of: 'users' } as const;

function planWith(steps: PlanInput['phases'][number]['steps'], database: object = {}) {
  return parsePlan({
    id: 'swap',
    title: 'Swap',
    topology: 'same-store',
    repositories: { user: {} },
    environments: { production: {} },
    databases: { app: { sqlite: 'app.db', ...database } },
    metrics: { errors: { kind: 'errorRate' } },
    matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
    checklists: { ready: ['it is'] },
    phases: [{ id: 'canary', environment: 'production', needs: { checklists: ['ready'] }, steps }],
    rollback: { budget: '1m' },
  } satisfies PlanInput);
}

/** A run without a store. `sound` says what the databases are found to be. */
class Driven {
  state: State = emptyState('swap/production');
  readonly events: CutoverEvent[] = [];
  readonly looked: CheckMoment[] = [];
  sound = true;
  readonly #checked: ReturnType<typeof parsePlan>;

  constructor(checked: ReturnType<typeof parsePlan>) {
    this.#checked = checked;
    const { plan, hash } = checked;
    this.ask({ kind: 'register', registration: registrationOf(plan, 'production') });
    this.ask({ kind: 'start', run: 'r', plan, planHash: hash, timeScale: 1, evidence: null, ...by });
  }

  ask(request: OperatorRequest): void {
    this.append(requestEvents(this.state, request));
  }

  confirm(): void {
    this.ask({ kind: 'check', plan: this.#checked.plan, checklist: 'ready', items: null, ...by });
  }

  append(events: readonly CutoverEvent[]): void {
    for (const event of events) {
      const seq = this.state.seq + 1;
      this.state = evolve(this.state, event, { seq, at: seq, hash: String(seq) });
      this.events.push(event);
    }
  }

  /** Turns until nothing follows. @param answers whether checks that are due are carried out */
  settle(answers = true): void {
    for (let turns = 0; ; turns += 1) {
      if (turns > 100) throw new Error('never comes to rest');
      const events = next(this.state, this.#tick(answers));
      if (events.length === 0) return;
      this.append(events);
    }
  }

  #tick(answers: boolean): Tick {
    const epoch = this.state.routing?.epoch ?? 0;
    const side = isExposed(this.state.routing) ? 'candidate' : 'control';
    const serving = { user: { side, why: 'test' } } as const;
    const instance: InstanceView = {
      instance: 'a',
      liveness: 'live',
      status: { v: 1, applied: epoch, acknowledged: epoch, pins: 0, serving, notes: [] },
    };
    const moment = answers ? dueCheck(this.state) : null;
    const tick: Tick = { now: 0, instances: [instance], rollbackElapsedMs: 10, effectRunning: false };
    if (moment === null) return tick;
    this.looked.push(moment);
    const findings = this.sound ? [] : ['row 3 is missing from an index'];
    const check: DatabaseCheck = { database: 'app', check: 'integrity_check', findings, tookMs: 5 };
    return { ...tick, databases: { kind: 'databases.checked', moment, checks: [check], tookMs: 5 } };
  }
}

const started = (steps: PlanInput['phases'][number]['steps'] = [expose], database = {}): Driven => {
  const run = new Driven(planWith(steps, database));
  run.settle();
  run.confirm();
  return run;
};

describe('databases', () => {
  it('are looked at before the first exposure and behind the last step, once each', () => {
    const run = started([expose, { ...expose, exposure: 50 }]);
    run.settle();
    expect(run.looked).toEqual(['before', 'after']);
    expect(run.state.run?.status).toBe('completed');
    const kinds = run.events.map(({ kind }) => kind);
    expect(kinds.indexOf('databases.checked')).toBeLessThan(kinds.indexOf('exposure.set'));
    expect(kinds.slice(-2)).toEqual(['databases.checked', 'run.completed']);
  });

  it('are not looked at before what a phase needs is there, and nothing happens before they were', () => {
    const run = new Driven(planWith([expose]));
    run.settle();
    expect(run.looked).toEqual([]);
    run.confirm();
    run.settle(false);
    expect(waitingFor(run.state, [])).toBe('the databases to be looked at');
    expect(isExposed(run.state.routing)).toBe(false);
  });

  it('that are not sound keep the run from exposing anything, however often a person goes on', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('resume', 'advance', 'repair'), { maxLength: 12 }), (moves) => {
        const run = started();
        run.sound = false;
        run.settle();
        expect(run.state.run?.paused).toMatchObject({
          cause: 'database not sound',
          reason: expect.stringContaining('app: integrity_check: row 3'),
        });
        for (const move of moves) {
          if (move === 'repair') run.sound = true;
          else {
            try {
              if (move === 'resume') run.ask({ kind: 'resume', repositories: null, ...by });
              else run.ask({ kind: 'advance', choose: null, retry: false, ...by });
            } catch {
              continue;
            }
          }
          run.settle();
          const exposed = run.events.some(({ kind }) => kind === 'exposure.set');
          if (exposed) expect(run.sound).toBe(true);
        }
        run.sound = true;
        if (run.state.run?.status === 'paused') run.ask({ kind: 'resume', repositories: null, ...by });
        run.settle();
        expect(run.state.run?.status).toBe('completed');
      }),
      { numRuns: 50 },
    );
  });

  it('that are not sound afterwards are in the log, and the run is over all the same', () => {
    const run = started([expose]);
    run.settle(false);
    run.append([{ kind: 'databases.checked', moment: 'before', checks: [], tookMs: 1 }]);
    run.sound = false;
    run.settle();
    expect(run.state.run?.status).toBe('completed');
    expect(run.state.run?.databases.after?.[0]?.findings).toEqual(['row 3 is missing from an index']);
  });

  it('are looked at after everything was taken back, not after one repository was', () => {
    const decision = { kind: 'decision', question: 'Go on?', options: { yes: 'advance' } } as const;
    const run = started([expose, decision]);
    run.settle();
    run.ask({ kind: 'rollback', repositories: ['user'], mode: 'drain', ...by });
    run.settle();
    expect(run.looked).toEqual(['before']);
    run.ask({ kind: 'rollback', repositories: null, mode: 'drain', ...by });
    run.settle();
    expect(run.looked).toEqual(['before', 'rollback']);
    expect(run.state.rollback?.checked).toHaveLength(1);
    expect(dueCheck(run.state)).toBeNull();
  });

  it('are left alone where the plan says so', () => {
    const run = started([expose], { check: 'off' });
    run.settle();
    expect(run.looked).toEqual([]);
    expect(run.state.run?.status).toBe('completed');
  });
});

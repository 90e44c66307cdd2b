import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { CutoverError } from '../kernel/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { sha256 } from '../store/index.ts';
import { askedNow, standingApproval } from './approval.ts';
import { toDraft, type CutoverEvent } from './events.ts';
import { evolve, fold } from './evolve.ts';
import { waitingNeeds } from './needs.ts';
import { next, waitingFor } from './next.ts';
import { requestEvents, type OperatorRequest } from './request.ts';
import { registrationOf } from './start.ts';
import { emptyState, type State } from './state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Monday. */
const BEGIN = Date.parse('2026-11-23T09:00:00Z');

const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, order: {} },
  environments: { production: {} },
  checklists: { ready: ['alerts', 'training'] },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', yellow: '0.1%', red: '0.5%' }],
  windows: { mondays: { days: ['mon'], from: '09:00', to: '12:00' } },
  phases: [
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 10, of: 'users', repositories: ['user'] },
        { kind: 'hold', for: '1h' },
      ],
    },
    {
      id: 'all',
      environment: 'production',
      needs: { checklists: ['ready'], approvals: ['Lead', 'CTO'] },
      steps: [
        { kind: 'expose', exposure: 50, of: 'users', repositories: ['user'] },
        { kind: 'expose', exposure: 100, of: 'users', repositories: ['user'] },
        { kind: 'hold', for: '1h' },
      ],
    },
  ],
  rollback: { budget: '1m' },
};
const { plan, hash } = parsePlan(input);
const edited = parsePlan({ ...input, title: 'Edited' });
const windowed = parsePlan({
  ...input,
  phases: input.phases.map((phase) => (phase.id === 'all' ? { ...phase, window: 'mondays' } : phase)),
});
const quick = parsePlan({
  ...input,
  phases: input.phases.map((phase) =>
    phase.id === 'all' ? { ...phase, needs: { ...phase.needs, approvedWithin: '1h' } } : phase,
  ),
});

type Parsed = Pick<typeof edited, 'plan' | 'hash'>;
const by = (actor: string, reason = 'test') => ({ actor, reason });

/** A run on a clock on the wall that a test moves, with one instance that does what it is told. */
class Driven {
  state: State = emptyState('swap/production');
  readonly log: CutoverEvent[] = [];
  readonly #of: Parsed;
  now = BEGIN;

  constructor(of: Parsed = { plan, hash }) {
    this.#of = of;
    this.append([{ kind: 'migration.registered', registration: registrationOf(of.plan, 'production') }]);
    const start = { run: 'r', plan: of.plan, planHash: of.hash, timeScale: 1, evidence: null };
    this.ask({ kind: 'start', ...start, ...by('ben') });
  }

  append(events: readonly CutoverEvent[]): void {
    for (const event of events) {
      const seq = this.state.seq + 1;
      this.state = evolve(this.state, event, { seq, at: this.now, hash: `h${seq}` });
      this.log.push(event);
    }
  }

  ask(request: OperatorRequest): readonly CutoverEvent[] {
    const events = requestEvents(this.state, request);
    this.append(events);
    return events;
  }

  approve(role: string, actor: string, of: Parsed = this.#of): readonly CutoverEvent[] {
    return this.ask({ kind: 'approve', plan: of.plan, planHash: of.hash, role, now: this.now, ...by(actor) });
  }

  reject(role: string, actor: string, reason = 'p95 is odd'): readonly CutoverEvent[] {
    return this.ask({
      kind: 'reject',
      plan: this.#of.plan,
      planHash: this.#of.hash,
      role,
      ...by(actor, reason),
    });
  }

  check(...items: readonly string[]): void {
    this.ask({ kind: 'check', plan: this.#of.plan, checklist: 'ready', items, ...by('ana') });
  }

  resume(): void {
    this.ask({ kind: 'resume', repositories: null, ...by('ben') });
  }

  tick(afterMs = 0): void {
    this.now += afterMs;
    for (let turn = 0; ; turn += 1) {
      if (turn > 30) throw new Error('it never comes to rest');
      const status = {
        v: 1,
        applied: 0,
        acknowledged: this.state.routing?.epoch ?? 0,
        pins: 0,
        serving: {},
        notes: [],
      } as const;
      const events = next(this.state, {
        now: this.now,
        instances: [{ instance: 'i', liveness: 'live', status }],
        rollbackElapsedMs: 1,
        effectRunning: true,
      });
      if (events.length === 0) return;
      this.append(events);
    }
  }

  /** To the phase that needs people: what comes before it is observed and green. */
  come(): this {
    this.tick();
    this.append([look('pass', 2)]);
    this.tick();
    return this;
  }

  get asks(): readonly Extract<CutoverEvent, { kind: 'approval.asked' }>[] {
    return this.log.filter((event) => event.kind === 'approval.asked');
  }

  get open(): readonly string[] {
    return waitingNeeds(this.state).flatMap((need) => (need.kind === 'approval' ? [need.role] : []));
  }

  get phase(): string | undefined {
    return this.state.run?.position?.phase;
  }
}

function look(verdict: 'pass' | 'insufficient', errors: number): CutoverEvent {
  const measure = {
    value: errors / 1_000,
    samples: 1_000,
    reference: null,
    referenceSamples: 0,
    referenceKind: null,
  };
  const row = {
    title: 'Errors',
    measure: measure as never,
    verdict,
    colour: verdict === 'pass' ? ('green' as const) : ('none' as const),
    compared: errors / 1_000,
    reason: '',
    memory: { beyond: 0 } as never,
  };
  return {
    kind: 'gate.looked',
    gate: 'matrix',
    verdict,
    action: null,
    investigate: [],
    rows: [row],
    observedMs: HOUR,
    waitedMs: HOUR,
    knownErrors: [],
    newErrors: [],
    counters: {},
    telemetryId: 0,
  };
}

describe('a phase that needs approvals', () => {
  it('asks once, and keeps what it is asked on as it was at that moment', () => {
    const run = new Driven().come();
    expect(run.asks).toHaveLength(1);
    const asked = askedNow(run.state);
    expect(asked).toMatchObject({ phase: 'all', planHash: hash, at: run.now });
    expect(asked?.roles).toEqual(
      ['Lead', 'CTO'].map((role) => ({ role, because: 'not given', before: null, since: run.now })),
    );
    const then = {
      look: { gate: 'matrix', verdict: 'pass', rows: [{ title: 'Errors', value: '0.2 %', red: '0.5 %' }] },
      checklists: [{ checklist: 'ready', items: 2, open: ['alerts', 'training'] }],
      exposure: [
        {
          repository: 'user',
          from: { exposure: 1_000, of: 'users' },
          to: [{ exposure: 5_000 }, { exposure: 10_000 }],
        },
      ],
    };
    expect(asked?.evidence).toMatchObject(then);
    run.append([look('insufficient', 4)]);
    run.check('alerts');
    run.tick(HOUR);
    expect(run.asks).toHaveLength(1);
    expect(askedNow(run.state)?.evidence).toMatchObject(then);
    expect(waitingFor(run.state, [], run.now)).toBe(
      'a person: 1 of checklist "ready", approval of Lead, approval of CTO, asked since Mon 2026-11-23 09:00 UTC',
    );
  });

  it('begins when everybody has approved, and asks nobody who approved ahead of it', () => {
    const run = new Driven();
    run.approve('Lead', 'lea');
    run.check('alerts', 'training');
    run.come();
    expect(run.asks.map(({ roles }) => roles.map(({ role }) => role))).toEqual([['CTO']]);
    run.approve('CTO', 'dana');
    run.tick();
    expect(run.phase).toBe('all');
    expect(askedNow(run.state)).toBeNull();
  });

  it('asks nobody when all is there, and none of a phase that needs none', () => {
    const run = new Driven();
    run.approve('Lead', 'lea');
    run.approve('CTO', 'dana');
    run.check('alerts', 'training');
    run.come();
    expect(run.asks).toEqual([]);
    expect(run.phase).toBe('all');
  });

  it('asks again, and says why, when the plan that was approved is not the one that runs', () => {
    const run = new Driven().come();
    run.check('alerts', 'training');
    run.approve('Lead', 'lea');
    run.ask({ kind: 'accept-plan', plan: edited.plan, planHash: edited.hash, diff: [], ...by('ben') });
    run.tick(HOUR);
    expect(run.asks.at(-1)).toMatchObject({
      planHash: edited.hash,
      roles: [
        { role: 'Lead', because: 'another plan', before: { actor: 'lea', at: BEGIN } },
        { role: 'CTO', because: 'not given' },
      ],
    });
    expect(run.open).toEqual(['Lead', 'CTO']);
  });
});

describe('an approval', () => {
  it('that is too old when its phase is to begin is asked for again, on new evidence', () => {
    const run = new Driven().come();
    run.check('alerts', 'training');
    run.approve('Lead', 'lea');
    run.append([look('pass', 1)]);
    run.tick(DAY - 1);
    expect(run.asks).toHaveLength(1);
    run.tick(1);
    expect(run.asks.at(-1)).toMatchObject({
      roles: [
        { role: 'Lead', because: 'expired', before: { actor: 'lea' } },
        { role: 'CTO', because: 'not given' },
      ],
      evidence: { look: { rows: [{ value: '0.1 %' }] } },
    });
    // Who never answered waits since the first question.
    expect(askedNow(run.state)?.roles.map(({ since }) => since)).toEqual([BEGIN + DAY, BEGIN]);
    run.approve('CTO', 'dana');
    run.tick();
    expect([run.phase, run.open]).toEqual(['canary', ['Lead']]);
    run.approve('Lead', 'lea');
    run.tick();
    expect(run.phase).toBe('all');
    expect(run.state.approvals.map(({ role, ended }) => [role, ended])).toEqual([
      ['Lead', 'expired'],
      ['CTO', null],
      ['Lead', null],
    ]);
  });

  it('is good for as long as the phase says', () => {
    const run = new Driven(quick);
    run.approve('Lead', 'lea');
    run.approve('CTO', 'dana');
    run.check('alerts', 'training');
    run.now += HOUR;
    run.come();
    expect(run.asks[0]?.roles.map(({ because }) => because)).toEqual(['expired', 'expired']);
    expect(run.phase).toBe('canary');
  });

  it('is given once, and again by whoever may once it is too old', () => {
    const run = new Driven();
    expect(run.approve('Lead', 'lea')).toHaveLength(1);
    run.now += DAY - 1;
    expect(run.approve('Lead', 'lea')).toEqual([]);
    run.now += 1;
    expect(run.approve('Lead', 'lea')).toHaveLength(1);
    expect(run.state.approvals.map(({ ended }) => ended)).toEqual(['renewed', null]);
    expect(() => run.approve('CTO', 'lea')).toThrow(/lea approved this plan already, as Lead/);
  });

  it('is not asked for day after day while a window is far away, but in time for it', () => {
    const run = new Driven(windowed);
    // Past the window of this Monday when the phase is reached.
    run.now += 4 * HOUR;
    run.come();
    run.check('alerts', 'training');
    run.approve('Lead', 'lea');
    run.approve('CTO', 'dana');
    const week = BEGIN + 7 * DAY;
    const times: number[] = [];
    for (; run.now < week; run.tick(4 * HOUR)) {
      if (run.asks.length > times.length) times.push(run.now);
    }
    // The first question, and one a day before the window: an answer to that one counts when it opens.
    expect(times.map((at) => Math.round((week - at) / HOUR))).toEqual([164, 20]);
    run.approve('Lead', 'lea');
    run.approve('CTO', 'dana');
    run.append([look('pass', 1)]);
    run.tick();
    run.append([look('pass', 1)]);
    run.tick();
    expect(run.phase).toBe('all');
  });
});

describe('a rejection', () => {
  it('pauses the run with who, as what, and why; resuming it asks again', () => {
    const run = new Driven().come();
    run.check('alerts', 'training');
    run.approve('Lead', 'lea');
    run.reject('CTO', 'dana');
    expect(run.state.run).toMatchObject({
      status: 'paused',
      paused: { cause: 'approval rejected', actor: 'dana', reason: 'CTO: p95 is odd' },
    });
    expect(waitingFor(run.state, [])).toContain('approval rejected');
    run.tick(HOUR);
    expect(run.asks).toHaveLength(1);
    run.resume();
    expect(waitingFor(run.state, [], run.now)).toBe('a person: approval of CTO');
    run.tick(HOUR);
    // Not before there is something to answer on: what was seen before the pause is old.
    expect(run.asks).toHaveLength(1);
    run.append([look('pass', 1)]);
    run.tick();
    expect(run.asks.at(-1)).toMatchObject({
      roles: [{ role: 'CTO', because: 'rejected', before: { actor: 'dana' } }],
      evidence: { look: { rows: [{ value: '0.1 %' }] } },
    });
    expect([run.phase, run.open]).toEqual(['canary', ['CTO']]);
    run.approve('CTO', 'dana');
    run.tick();
    expect(run.phase).toBe('all');
    expect(run.state.rejections).toEqual([]);
  });

  it('takes an approval back, wherever the run stands before the phase', () => {
    const run = new Driven();
    run.approve('CTO', 'dana');
    run.tick();
    run.reject('CTO', 'dana');
    expect(run.state.run?.status).toBe('paused');
    expect(standingApproval(run.state, 'CTO', hash)).toBeNull();
    run.resume();
    run.come();
    expect(run.asks[0]?.roles.map(({ role, because }) => [role, because])).toEqual([
      ['Lead', 'not given'],
      ['CTO', 'rejected'],
    ]);
  });

  it('is said once, and again after the role was asked again', () => {
    const run = new Driven().come();
    run.reject('CTO', 'dana');
    expect(run.reject('CTO', 'dana')).toEqual([]);
    run.resume();
    run.tick();
    expect(run.reject('CTO', 'dana').map(({ kind }) => kind)).toEqual(['plan.rejected', 'run.paused']);
  });

  it('stops nothing of another plan, and comes too late for a phase that has begun', () => {
    const run = new Driven().come();
    const other = { kind: 'reject', plan: edited.plan, planHash: edited.hash, role: 'CTO' } as const;
    run.ask({ ...other, ...by('dana') });
    expect(run.state.run?.status).toBe('running');
    run.check('alerts', 'training');
    run.approve('Lead', 'lea');
    run.approve('CTO', 'dana');
    run.tick();
    expect(run.phase).toBe('all');
    expect(() => run.reject('CTO', 'dana')).toThrow(/no phase ahead needs CTO/);
    expect(() => run.reject('CEO', 'dana')).toThrow(/no role "CEO"/);
  });

  it('is not gone round by ending or leaving out the step at which it paused the run', () => {
    const run = new Driven();
    run.tick();
    run.reject('CTO', 'dana');
    const advance: OperatorRequest = { kind: 'advance', choose: null, retry: false, ...by('ben') };
    const skip: OperatorRequest = { kind: 'skip', name: 'canary/hold-1', override: true, ...by('ben') };
    for (const request of [advance, skip]) expect(() => run.ask(request)).toThrow(CutoverError);
    expect(run.state.run?.status).toBe('paused');
  });
});

describe('approvals, in any order', () => {
  type Move =
    | { readonly kind: 'approve' | 'reject'; readonly role: string; readonly actor: string }
    | { readonly kind: 'check' | 'resume' | 'accept' | 'look' }
    | { readonly kind: 'tick'; readonly afterMs: number };
  const moves: fc.Arbitrary<Move> = fc.oneof(
    fc.record({
      kind: fc.constantFrom('approve' as const, 'reject' as const),
      role: fc.constantFrom('Lead', 'CTO'),
      actor: fc.constantFrom('lea', 'dana', 'eva'),
    }),
    fc.record({ kind: fc.constantFrom('check', 'resume', 'accept', 'look') }),
    fc.record({ kind: fc.constant('tick' as const), afterMs: fc.constantFrom(0, HOUR, 13 * HOUR, DAY) }),
  );

  const apply = (run: Driven, move: Move): void => {
    try {
      switch (move.kind) {
        case 'approve':
          run.approve(move.role, move.actor);
          return;
        case 'reject':
          run.reject(move.role, move.actor);
          return;
        case 'check':
          return run.check('alerts', 'training');
        case 'resume':
          return run.resume();
        case 'accept':
          run.ask({ kind: 'accept-plan', plan: edited.plan, planHash: edited.hash, diff: [], ...by('ben') });
          return;
        case 'look':
          return run.append([look('pass', 1)]);
        case 'tick':
          return run.tick(move.afterMs);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(CutoverError);
    }
  };

  it('no phase begins unless each role approved its very plan, lately, after its last no, and as people of its own', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 40 }), (list) => {
        const run = new Driven().come();
        const said: { kind: 'yes' | 'no'; role: string; actor: string; hash: string; at: number }[] = [];
        for (const move of list) {
          const before = run.log.length;
          apply(run, move);
          for (const event of run.log.slice(before)) {
            if (event.kind === 'plan.approved')
              said.push({
                kind: 'yes',
                role: event.role,
                actor: event.actor,
                hash: event.planHash,
                at: run.now,
              });
            if (event.kind === 'plan.rejected')
              said.push({
                kind: 'no',
                role: event.role,
                actor: event.actor,
                hash: event.planHash,
                at: run.now,
              });
            if (event.kind !== 'step.entered' || event.phase !== 'all') continue;
            const words = ['Lead', 'CTO'].map((role) =>
              said.findLast((one) => one.role === role && one.hash === run.state.run?.planHash),
            );
            for (const word of words) {
              expect(word?.kind).toBe('yes');
              expect(run.now - (word?.at ?? 0)).toBeLessThan(DAY);
            }
            expect(new Set(words.map((word) => word?.actor)).size).toBe(2);
            return;
          }
        }
        if (run.state.run?.status === 'running' && run.open.length > 0) {
          run.append([look('pass', 1)]);
          run.tick();
          expect(askedNow(run.state)?.roles.map(({ role }) => role)).toEqual(
            expect.arrayContaining([...run.open]),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('the stored log folds to the same state', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 25 }), (list) => {
        const run = new Driven().come();
        const times: number[] = run.log.map(() => BEGIN);
        for (const move of list) {
          apply(run, move);
          while (times.length < run.log.length) times.push(run.now);
        }
        const stored = run.log.map((event, index) => ({
          ...toDraft(event),
          seq: index + 1,
          at: times[index] ?? 0,
          hash: `h${index + 1}`,
          stream: 's',
          prev: sha256(''),
        }));
        expect(fold(emptyState('swap/production'), JSON.parse(JSON.stringify(stored)))).toEqual(run.state);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a log from before requests were kept', () => {
  it('folds, and what was approved in it counts for as long as it would now', () => {
    const run = new Driven();
    const approved = (role: string, actor: string): CutoverEvent => ({
      kind: 'plan.approved',
      role,
      planHash: hash,
      ...by(actor),
    });
    run.append([approved('Lead', 'lea'), approved('CTO', 'dana')]);
    run.check('alerts', 'training');
    run.come();
    expect([run.phase, run.asks.length]).toEqual(['all', 0]);
  });
});

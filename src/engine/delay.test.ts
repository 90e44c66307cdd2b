import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { CutoverError } from '../kernel/index.ts';
import { stepAt, type PlanInput } from '../plan/index.ts';
import { holdBackAt, holdBackText } from '../schedule/index.ts';
import { delayOf } from './delay.ts';
import type { CutoverEvent } from './events.ts';
import { evolve, isExposed } from './evolve.ts';
import { next, waitingFor } from './next.ts';
import { requestEvents, type OperatorRequest } from './request.ts';
import { registrationOf } from './start.ts';
import { emptyState, type State } from './state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (text: string): number => Date.parse(text);
const by = { actor: 'ana', reason: 'test' };

const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { production: { protected: true } },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', yellow: '0.1%', red: '0.5%' }],
  schedule: { timeZone: 'Europe/Rome' },
  windows: { nights: { days: ['tue', 'wed'], from: '02:00', to: '05:00' } },
  freezes: [{ from: '2026-12-19', to: '2027-01-06', reason: 'end of the year' }],
  phases: [
    {
      id: 'canary',
      environment: 'production',
      day: 2,
      expected: '50h',
      steps: [
        { kind: 'expose', exposure: 10, of: 'users' },
        { kind: 'hold', for: '24h', expected: '30h' },
        { kind: 'expose', exposure: 50, of: 'users', window: 'nights' },
      ],
    },
    {
      id: 'full',
      environment: 'production',
      day: 8,
      slack: 1,
      steps: [
        { kind: 'expose', exposure: 100, of: 'users' },
        { kind: 'hold', for: '24h' },
      ],
    },
  ],
  rollback: { budget: '1m' },
};
const { plan, hash } = parsePlan(input);

type Verdict = 'pass' | 'fail' | 'insufficient';

/** A run by its own clock on the wall, with one instance that does what it is told. */
class Driven {
  state: State = emptyState('swap/production');
  readonly log: CutoverEvent[] = [];
  now: number;

  constructor(now: number, timeScale = 1) {
    this.now = now;
    this.append([{ kind: 'migration.registered', registration: registrationOf(plan, 'production') }]);
    this.ask({ kind: 'start', run: 'r', plan, planHash: hash, timeScale, evidence: null, ...by });
  }

  append(events: readonly CutoverEvent[]): void {
    for (const event of events) {
      this.state = evolve(this.state, event, { seq: this.state.seq + 1, at: this.now, hash: 'h' });
      this.log.push(event);
    }
  }

  ask(request: OperatorRequest): void {
    this.append(requestEvents(this.state, request));
  }

  tick(look?: Verdict, observedMs = 0): void {
    const seen = look === undefined ? {} : { look: lookOf(look, observedMs) };
    for (let turn = 0; turn < 20; turn += 1) {
      const epoch = this.state.routing?.epoch ?? 0;
      const status = { v: 1, applied: epoch, acknowledged: epoch, pins: 0, serving: {}, notes: [] } as const;
      const instances = [{ instance: 'i', liveness: 'live', status }] as const;
      const tick = { now: this.now, instances, rollbackElapsedMs: 1, effectRunning: true };
      const events = next(this.state, turn === 0 ? { ...tick, ...seen } : tick);
      if (events.length === 0) return;
      this.append(events);
    }
    throw new Error('next() never comes to rest');
  }

  to(text: string): this {
    this.now = at(text);
    return this;
  }

  kinds(): readonly string[] {
    return this.log.map(({ kind }) => kind);
  }

  exposure(): number {
    const exposure = this.state.routing?.global.exposure;
    return typeof exposure === 'number' ? exposure : 0;
  }
}

function lookOf(verdict: Verdict, observedMs: number): Extract<CutoverEvent, { kind: 'gate.looked' }> {
  const action = verdict === 'fail' ? 'rollback' : null;
  const nothing = { investigate: [], rows: [], knownErrors: [], newErrors: [], counters: {}, telemetryId: 0 };
  return {
    kind: 'gate.looked',
    gate: 'matrix',
    verdict,
    action,
    observedMs,
    waitedMs: observedMs,
    ...nothing,
  };
}

/** A run that has held its day at 10 %, and waits for its window. Day 1 is Thursday, 26 November. */
function beforeWindow(): Driven {
  const run = new Driven(at('2026-11-26T08:00Z')).to('2026-11-27T00:00Z');
  run.tick();
  run.now += DAY;
  run.tick('pass', DAY);
  expect(delayOf(run.state)?.causes).toMatchObject([{ kind: 'window', name: 'nights' }]);
  return run;
}

describe('a run that its plan holds back', () => {
  it('begins its phase on its day, and says once what it waits for', () => {
    const run = new Driven(at('2026-11-26T08:00Z'));
    for (let hour = 0; hour < 15; hour += 1, run.now += HOUR) {
      run.tick();
      expect(run.exposure()).toBe(0);
    }
    expect(run.kinds().filter((kind) => kind === 'run.delayed')).toHaveLength(1);
    expect(waitingFor(run.state, [], at('2026-11-26T20:00Z'))).toBe(
      'day 2 of the plan begins Fri 00:00 Europe/Rome, in 3h',
    );
    run.to('2026-11-26T23:00Z').tick();
    expect(run.exposure()).toBe(1_000);
    expect(run.state.run?.delay).toBeNull();
  });

  it('raises only while the window is open, and only on a look that passes after the wait', () => {
    const run = beforeWindow().to('2026-12-01T00:59Z');
    run.tick('pass', HOUR);
    expect(run.exposure()).toBe(1_000);
    run.to('2026-12-01T01:00Z').tick();
    expect(run.exposure()).toBe(1_000);
    expect(waitingFor(run.state, [])).toBe('a look that passes, before it goes on');
    run.tick('insufficient');
    expect(run.exposure()).toBe(1_000);
    run.tick('pass');
    expect(run.exposure()).toBe(5_000);
  });

  it('waits for the next opening when nothing passed while it was open', () => {
    const run = beforeWindow().to('2026-12-01T01:00Z');
    run.tick('insufficient');
    run.to('2026-12-01T04:00Z').tick('pass');
    expect(run.exposure()).toBe(1_000);
    expect(delayOf(run.state)?.until).toBe(at('2026-12-02T01:00Z'));
  });

  it('asks a person when nothing passes after the wait, with patience from then on', () => {
    const run = beforeWindow();
    run.tick('insufficient', 30 * DAY);
    expect(run.state.run?.status).toBe('running');
    run.ask({ kind: 'override', ...by });
    run.tick();
    run.tick('insufficient', 2 * DAY);
    expect(run.state.run?.status).toBe('running');
    run.tick('insufficient', 2 * DAY);
    expect(run.state.run?.paused).toMatchObject({ cause: 'held too long' });
  });

  it('is taken back at once all the same: by a red look, by a person, in a freeze', () => {
    const red = beforeWindow();
    red.tick('fail');
    expect(isExposed(red.state.routing)).toBe(false);
    const person = beforeWindow().to('2026-12-24T12:00Z');
    person.ask({ kind: 'rollback', repositories: null, mode: 'drain', ...by });
    person.tick();
    expect(person.state.run?.status).toBe('rolled-back');
  });

  it('goes on holding through a freeze, and raises nothing in it', () => {
    const run = new Driven(at('2026-12-17T08:00Z')).to('2026-12-18T00:00Z');
    run.tick();
    expect(run.exposure()).toBe(1_000);
    run.to('2026-12-20T00:00Z').tick('pass', DAY);
    expect(run.log.at(-2)).toMatchObject({ kind: 'step.completed', step: 'hold-1' });
    const said = delayOf(run.state);
    expect(said === null ? null : holdBackText(said)).toContain('the freeze "end of the year" ends');
  });

  it('does not wait once a person says so, for that step and those causes only', () => {
    const run = beforeWindow();
    expect(() => run.ask({ kind: 'advance', choose: null, retry: false, ...by })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('--override') }) as CutoverError,
    );
    run.ask({ kind: 'override', ...by });
    // A freeze that begins meanwhile was not what the person spoke of.
    run.to('2026-12-19T12:00Z').tick('pass');
    expect(run.exposure()).toBe(1_000);
    expect(delayOf(run.state)?.causes.map(({ kind }) => kind)).toEqual(['freeze']);
    run.to('2026-11-30T12:00Z').tick('pass');
    run.tick('pass');
    expect(run.exposure()).toBe(5_000);
    expect(run.log.find(({ kind }) => kind === 'delay.overridden')).toMatchObject({
      ...by,
      step: 'expose-2',
    });
    expect(delayOf(run.state)?.causes.map(({ name }) => name)).toEqual(['day 8']);
  });

  it('is not overridden where nothing of the kind holds it back', () => {
    const run = new Driven(at('2026-11-26T08:00Z')).to('2026-11-27T00:00Z');
    run.tick();
    expect(() => run.ask({ kind: 'override', ...by })).toThrow(
      expect.objectContaining({ code: 'RUN_STATE' }) as CutoverError,
    );
  });

  it('is not held back on the clock of a rehearsal', () => {
    const run = new Driven(at('2026-12-24T12:00Z'), 14_400);
    run.tick();
    expect(run.exposure()).toBe(1_000);
    run.tick('pass', DAY);
    expect(run.exposure()).toBe(10_000);
    expect(run.kinds()).not.toContain('run.delayed');
  });

  it('says once what takes longer than expected, and what begins too late', () => {
    const run = new Driven(at('2026-11-26T08:00Z')).to('2026-11-27T00:00Z');
    run.tick();
    const late = () => run.log.flatMap((event) => (event.kind === 'run.overran' ? [event.of] : []));
    run.now += 30 * HOUR;
    run.tick('insufficient');
    expect(late()).toEqual([]);
    run.now += 1;
    run.tick('insufficient');
    run.tick('insufficient');
    expect(late()).toEqual(['step']);
    run.to('2026-12-04T22:59Z').tick('insufficient');
    expect(late()).toEqual(['step', 'phase']);
    run.to('2026-12-04T23:00Z').tick('insufficient');
    run.tick('insufficient');
    expect(late()).toEqual(['step', 'phase', 'beginning']);
    expect(run.state.run?.status).toBe('running');
  });

  it('never raises in a freeze, before its day or outside its window, whatever the clock does', () => {
    const jumps = fc.oneof(
      fc.integer({ min: -30 * 24, max: 30 * 24 }).map((hours) => hours * HOUR),
      fc.integer({ min: 0, max: 6 }).map((hours) => hours * HOUR),
    );
    const looks = fc.constantFrom(undefined, 'pass' as const, 'pass' as const, 'insufficient' as const);
    const acts = fc.array(fc.record({ jump: jumps, look: looks, override: fc.nat(9) }), { maxLength: 60 });
    fc.assert(
      fc.property(acts, (list) => {
        const run = new Driven(at('2026-12-10T08:00Z'));
        for (const { jump, look, override } of list) {
          run.now += jump;
          const before = run.log.length;
          const overrides = override === 0 && delayOf(run.state) !== null;
          if (overrides) run.ask({ kind: 'override', ...by });
          const overridden = (run.state.run?.delay?.overridden ?? []).length > 0;
          run.tick(look, look === 'pass' ? DAY : 0);
          if (overridden) continue;
          for (const entered of run.log.slice(before)) {
            if (entered.kind !== 'step.entered') continue;
            const { phase, step } = stepAt(plan, entered) ?? {};
            if (phase === undefined || step === undefined) throw new Error('no such step');
            const entry = { environment: 'production', dayOne: '2026-12-10', phase, step };
            expect(holdBackAt(plan, { ...entry, begins: phase.steps[0] === step }, run.now)).toBeNull();
          }
        }
        run.ask({ kind: 'rollback', repositories: null, mode: 'drain', ...by });
        expect(isExposed(run.state.routing)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

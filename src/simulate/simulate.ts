import {
  activeRun,
  delayOf,
  dueCheck,
  emptyState,
  evolve,
  followingStep,
  gateToWatch,
  groupsToSay,
  isExposed,
  judgeLook,
  nextEvents,
  registrationOf,
  requestEvents,
  streamOf,
  waitingFor,
  waitingNeeds,
  type CutoverEvent,
  type Evidence,
  type InstanceView,
  type Need,
  type OperatorRequest,
  type Run,
  type State,
} from '../engine/index.ts';
import { NO_MEMORY, slopeSpanMs } from '../gate/index.ts';
import { CutoverError, dateText, localTime } from '../kernel/index.ts';
import {
  approvedWithinMs,
  checkedDatabases,
  environmentPhases,
  maxHoldOf,
  PATIENCE_MS,
  stageAt,
  stepAt,
  type Plan,
  type Step,
} from '../plan/index.ts';
import { activeAt, nextChange, type Scenario } from './scenario.ts';
import { measureAt, type Moment } from './world.ts';

/** One event of a simulated run. */
export type Moved = {
  /** Milliseconds of the plan's time since the first run began. */
  readonly at: number;
  readonly environment: string;
  readonly event: CutoverEvent;
};

export type Simulation = {
  readonly outcome: 'completed' | 'rolled back' | 'waits for a person';
  /** Why it ended so, or what it waits for. */
  readonly reason: string;
  readonly tookMs: number;
  readonly timeline: readonly Moved[];
};

/** How long instances take to acknowledge, milliseconds. */
const ACKNOWLEDGE_MS = 50;
/** While values move and nothing turns, so many looks are taken as one: a turn is seen at most that much late. */
const LOOKS_AT_ONCE = 30;
const MOST_LOOKS_AT_ONCE = 360;
/** A person who lets the same run go on more often than this is not simulated any further. */
const MOST_RESUMES = 3;
/** Nor who approves one phase more often: they are too slow for the time for which an approval counts, or for the window behind it. */
const MOST_ANSWERS = 10;

/**
 * A plan run by the real engine on a clock of its own, against a described world: the same `next`, the same verdicts, the
 * same log. What is not real: instances acknowledge at once, commands succeed, and measures are what the scenario says
 * instead of what calls add up to. Pure.
 *
 * @param environments the ones to run, in order; each gets the evidence of the one before
 */
export function simulate(
  plan: Plan,
  planHash: string,
  scenario: Scenario,
  environments: readonly string[],
): Simulation {
  const { schedule } = plan;
  const dayOne = scenario.dayOne ?? dateText(localTime(scenario.startAt ?? 0, schedule.timeZone).date);
  let timeline: readonly Moved[] = [];
  let now = 0;
  let evidence: Evidence | null = null;
  for (const environment of environments.filter((name) => environmentPhases(plan, name).length > 0)) {
    const run = new SimulatedRun(plan, scenario, environment, now);
    const ended = run.play(planHash, evidence, dayOne);
    timeline = timeline.concat(run.timeline);
    now = run.now;
    if (ended.outcome !== 'completed') return { ...ended, tookMs: now, timeline };
    const { seq, head } = run.state;
    evidence = { environment, run: run.state.run?.id ?? '', seq, hash: head };
  }
  return { outcome: 'completed', reason: 'every environment is through', tookMs: now, timeline };
}

/** Databases are sound in a world that nobody described. */
function simulatedCheck(state: State): {
  readonly databases?: Extract<CutoverEvent, { kind: 'databases.checked' }>;
} {
  const moment = dueCheck(state);
  if (moment === null || state.run === null) return {};
  const checks = checkedDatabases(state.run.plan).map(
    (database) => ({ database, check: 'integrity_check', findings: [], tookMs: 0 }) as const,
  );
  return { databases: { kind: 'databases.checked', moment, checks, tookMs: 0 } };
}

type Ended = Pick<Simulation, 'outcome' | 'reason'>;
type Look = Extract<CutoverEvent, { kind: 'gate.looked' }>;

class SimulatedRun {
  readonly timeline: Moved[] = [];
  state: State;
  now: number;
  readonly #plan: Plan;
  readonly #scenario: Scenario;
  readonly #environment: string;
  #exposedAt = 0;
  readonly #complaintsSeen = new Set<number>();
  readonly #newErrorsSeen = new Set<number>();
  #resumes = 0;
  #answers = 0;
  #stepMs: number;
  #looksAtOnce = LOOKS_AT_ONCE;

  constructor(plan: Plan, scenario: Scenario, environment: string, now: number) {
    this.#plan = plan;
    this.#scenario = scenario;
    this.#environment = environment;
    this.#stepMs = plan.measure.everyMs;
    this.now = now;
    this.state = emptyState(streamOf(plan.id, environment));
  }

  play(planHash: string, evidence: Evidence | null, dayOne: string): Ended {
    const plan = this.#plan;
    const by = { actor: 'simulation', reason: 'simulated' };
    this.#ask({ kind: 'register', registration: registrationOf(plan, this.#environment) });
    this.#ask({
      kind: 'start',
      run: `${this.#environment}-1`,
      plan,
      planHash,
      timeScale: 1,
      evidence,
      dayOne,
      ...by,
    });
    for (;;) {
      this.#settle();
      const run = activeRun(this.state);
      if (run === null) return this.#ended();
      const asked = this.#asksPerson();
      if (asked !== null) {
        const stopped = this.#person(asked);
        if (stopped !== null) return stopped;
      } else if (!this.#look())
        return { outcome: 'waits for a person', reason: waitingFor(this.state, this.#instances()) ?? '' };
    }
  }

  #ended(): Ended {
    const { run, rollback } = this.state;
    return run?.status === 'completed'
      ? { outcome: 'completed', reason: 'the run completed' }
      : { outcome: 'rolled back', reason: rollback?.reason ?? '' };
  }

  /** Everything that follows without time passing. */
  #settle(): void {
    for (;;) {
      const effect = this.state.run?.step.effect;
      const running = effect?.status === 'started';
      const events = nextEvents(this.state, {
        now: this.#wall(),
        instances: this.#instances(),
        rollbackElapsedMs: ACKNOWLEDGE_MS,
        effectRunning: true,
        ...simulatedCheck(this.state),
        ...(running && effect !== null && effect !== undefined
          ? {
              effect: {
                kind: 'effect.finished',
                key: effect.key,
                attempt: effect.attempt,
                ok: true,
                output: 'simulated',
                tookMs: 0,
              } as const,
            }
          : {}),
      });
      if (events.length === 0) return;
      this.#append(events);
    }
  }

  #append(events: readonly CutoverEvent[]): void {
    for (const event of events) {
      if (event.kind === 'exposure.acknowledged' || event.kind === 'rollback.acknowledged')
        this.now += ACKNOWLEDGE_MS;
      if (event.kind === 'exposure.acknowledged') this.#exposedAt = this.now;
      if (event.kind === 'step.entered') this.#answers = 0;
      if (event.kind === 'step.entered' || event.kind === 'run.resumed' || event.kind === 'delay.ended')
        this.#stepMs = this.#plan.measure.everyMs;
      const seq = this.state.seq + 1;
      this.state = evolve(this.state, event, { seq, at: this.#wall(), hash: `simulated-${seq}` });
      this.timeline.push({ at: this.now, environment: this.#environment, event });
    }
  }

  /** What the world's clocks show, milliseconds since 1970. */
  #wall(): number {
    return (this.#scenario.startAt ?? 0) + this.now;
  }

  #ask(request: OperatorRequest): void {
    this.#append(requestEvents(this.state, request));
  }

  /** Ten instances that do what they are told. */
  #instances(): readonly InstanceView[] {
    const epoch = this.state.routing?.epoch ?? 0;
    const serving = Object.fromEntries(
      Object.keys(this.#plan.repositories).map((name) => [
        name,
        {
          side: isExposed(this.state.routing) ? ('candidate' as const) : ('control' as const),
          why: 'simulated',
        },
      ]),
    );
    return Array.from({ length: this.#scenario.instances }, (_, index) => ({
      instance: `${this.#environment}-${String(index + 1).padStart(2, '0')}`,
      liveness: 'live' as const,
      status: { v: 1, applied: epoch, acknowledged: epoch, pins: 0, serving, notes: [] },
    }));
  }

  /** What a person is asked, if the run goes nowhere without one. */
  #asksPerson(): string | null {
    const run = activeRun(this.state);
    const step = run === null || run.position === null ? undefined : stepAt(run.plan, run.position)?.step;
    if (waitingNeeds(this.state).length > 0) return waitingFor(this.state, this.#instances());
    const isOpen = run !== null && !run.step.done && run.step.outcome === null;
    const isDecision = step?.kind === 'decision' && step.auto === null && isOpen;
    return run?.status === 'paused' || isDecision ? waitingFor(this.state, this.#instances()) : null;
  }

  /** A person who answers as the plan hopes: goes on, and takes back what is red. */
  #person(question: string): Ended | null {
    const { operatorMs } = this.#scenario;
    const run = activeRun(this.state);
    if (operatorMs === null || run === null) return { outcome: 'waits for a person', reason: question };
    this.now += operatorMs;
    const by = { actor: 'operator', reason: 'simulated' };
    const needs = waitingNeeds(this.state);
    for (const need of needs) this.#satisfy(need);
    if (needs.length > 0) {
      this.#answers += 1;
      return this.#answers > MOST_ANSWERS ? { outcome: 'waits for a person', reason: question } : null;
    }
    if (run.status !== 'paused') {
      try {
        this.#ask({ kind: 'advance', choose: null, retry: false, ...by });
        return null;
      } catch (error) {
        if (!(error instanceof CutoverError)) throw error;
        this.#ask({ kind: 'rollback', repositories: null, mode: 'drain', ...by });
        return null;
      }
    }
    const isRed = run.paused?.cause === 'red';
    this.#resumes += 1;
    if (!isRed && this.#resumes > MOST_RESUMES)
      return { outcome: 'waits for a person', reason: run.paused?.reason ?? question };
    this.#ask(
      isRed
        ? { kind: 'rollback', repositories: null, mode: 'drain', ...by }
        : { kind: 'resume', repositories: null, ...by },
    );
    return null;
  }

  /** What people approved may be too old when a wait ends: they are asked again as soon as an answer would count then. */
  #leapToApproval(leftMs: number): number {
    const run = activeRun(this.state);
    const next = run === null ? null : followingStep(run.plan, this.#environment, run.position, run.skipped);
    if (next === null || next.phase.needs.approvals.length === 0) return leftMs;
    const askedMs = leftMs - approvedWithinMs(next.phase) + 1;
    return askedMs > 0 ? askedMs : leftMs;
  }

  /** Several people, one for each role. */
  #satisfy(need: Need): void {
    const run = activeRun(this.state);
    if (run === null) return;
    const { plan, planHash } = run;
    const reason = 'simulated';
    this.#ask(
      need.kind === 'checklist'
        ? { kind: 'check', plan, checklist: need.checklist, items: null, actor: 'operator', reason }
        : { kind: 'approve', plan, planHash, role: need.role, now: this.#wall(), actor: need.role, reason },
    );
  }

  /** Time passes until the next look, or as far as nothing can turn. @returns whether anything can come of waiting */
  #look(): boolean {
    const gate = gateToWatch(this.state);
    const delay = delayOf(this.state);
    const leftMs = delay === null ? Infinity : (delay.until ?? Infinity) - this.#wall();
    if (delay !== null && !Number.isFinite(leftMs)) return false;
    // Where nothing is exposed, nothing is looked at until the day, the window or the end of the freeze.
    this.#stepMs =
      gate === null && delay !== null
        ? this.#leapToApproval(leftMs)
        : Math.min(this.#stepMs, Math.max(1, leftMs));
    this.now += this.#stepMs;
    if (gate === null) {
      this.#stepMs = this.#plan.measure.everyMs;
      return true;
    }
    const before = this.state.run?.look?.rows ?? [];
    const look = this.#lookAt(gate);
    this.#append([look]);
    const isSame = sameJson(turns(before), turns(look.rows));
    const isStill = sameJson(seen(before), seen(look.rows)) && look.rows.every(isSettled);
    // What gathers evidence turns without anything else changing; the longer it took, the less a little more matters.
    this.#looksAtOnce = isSame ? Math.min(this.#looksAtOnce * 2, MOST_LOOKS_AT_ONCE) : LOOKS_AT_ONCE;
    this.#stepMs = isSame ? this.#leap(isStill) : this.#plan.measure.everyMs;
    return true;
  }

  /** How far the next look may be away: to the next change, to the end of the hold, or a few looks while values move. */
  #leap(isStill: boolean): number {
    const { everyMs } = this.#plan.measure;
    const run = activeRun(this.state);
    const step = run === null || run.position === null ? undefined : stepAt(run.plan, run.position)?.step;
    const left =
      run === null || step === undefined ? everyMs : waitLeft(run, step, delayOf(this.state) !== null);
    // A phase may become late while it waits for its day, and that is said on the day.
    const still = delayOf(this.state) === null ? 24 * 3_600_000 : 3_600_000;
    const most = isStill ? still : everyMs * this.#looksAtOnce;
    // A growth is known from the middle of its span on, whatever happens meanwhile.
    const known = this.#exposedAt + slopeSpanMs(this.#plan.measure, 1) / 2;
    const next = nextChange(this.#scenario, this.now);
    const change = (known > this.now ? Math.min(known, next) : next) - this.now;
    const leap = Math.min(most, change, left, untilOverrun(run, this.#wall()));
    return Math.max(everyMs, Math.floor(leap / everyMs) * everyMs);
  }

  #lookAt(gate: string): Look {
    const { state, now } = this;
    const run = activeRun(state);
    const plan = this.#plan;
    const scenario = this.#scenario;
    const isDark = activeAt(scenario, now).some(({ kind }) => kind === 'outage');
    const counters = isDark ? {} : this.#complaints();
    const newErrors = isDark ? [] : this.#errors();
    const moment: Moment = {
      now,
      exposedMs: now - this.#exposedAt,
      passedMs: this.#stepMs,
      stage: stageAt(plan, run?.position ?? null).id,
      share: this.#share(),
      shadowed: this.#shadowed(),
      newErrors: (run?.newErrors.length ?? 0) + newErrors.length,
      counters: {
        ...run?.counters,
        complaints: (run?.counters['complaints'] ?? 0) + (counters['complaints'] ?? 0),
      },
    };
    const remembered = run?.memory ?? {};
    const judged = judgeLook(
      {
        plan,
        timeScale: 1,
        position: run?.position ?? null,
        memory: remembered,
        assignment: {},
        isAnythingExposed: isExposed(state.routing),
      },
      gate,
      (row) => {
        const metric = plan.metrics[row.metric];
        const memory = remembered[row.title] ?? NO_MEMORY;
        return metric === undefined ? undefined : measureAt(plan, scenario, row, metric, moment, memory);
      },
    );
    const passed = run?.status === 'running' ? this.#stepMs : 0;
    return {
      kind: 'gate.looked',
      gate,
      ...(isExposed(state.routing) ? {} : { beforeExposure: true }),
      ...judged,
      observedMs: isDark ? 0 : passed,
      waitedMs: passed,
      knownErrors: [],
      newErrors,
      counters,
      telemetryId: 0,
      ...groupsToSay(state.routing),
    };
  }

  #share(): number {
    const { routing } = this.state;
    if (!isExposed(routing) || routing === null) return 0;
    const flags = [routing.global, ...Object.values(routing.repositories)];
    const exposure =
      Math.max(...flags.map((flag) => (flag.exposure === 'unset' ? 0 : flag.exposure))) / 10_000;
    if (routing.byEnvironment) return 1;
    const { instances } = this.#scenario;
    const isInstances = flags.some(
      ({ of, exposure: set }) => of === 'instances' && set !== 'unset' && set > 0,
    );
    return isInstances ? Math.ceil(instances * exposure) / instances : exposure;
  }

  #shadowed(): number {
    const rates = this.state.routing?.shadow;
    return rates === undefined ? 0 : Math.max(rates.all, ...Object.values(rates.repositories)) / 10_000;
  }

  #complaints(): Readonly<Record<string, number>> {
    const count = this.#begun('complaints', this.#complaintsSeen).reduce(
      (sum, one) => (one.kind === 'complaints' ? sum + one.count : sum),
      0,
    );
    return count === 0 ? {} : { complaints: count };
  }

  #errors(): Look['newErrors'] {
    return this.#begun('new-error', this.#newErrorsSeen).map(({ from }) => ({
      id: `simulated-${from}`,
      class: 'SimulatedError',
      message: 'an error that control never had',
      count: 1,
    }));
  }

  /** Disturbances of a kind that began since the last look, each once. */
  #begun(kind: 'complaints' | 'new-error', seen: Set<number>): Scenario['disturbances'] {
    const begun = activeAt(this.#scenario, this.now).filter(
      (one) => one.kind === kind && !seen.has(one.from),
    );
    for (const { from } of begun) seen.add(from);
    return begun;
  }
}

/** Until a hold could end, or, when it could and does not, until a person is asked. */
function waitLeft({ step: { heldMs, waitedMs } }: Run, step: Step, isDelayed: boolean): number {
  // Patience does not run out while the plan itself holds the run back.
  if (isDelayed) return Infinity;
  if (step.kind !== 'hold') return PATIENCE_MS - waitedMs;
  return heldMs < step.forMs ? step.forMs - heldMs : maxHoldOf(step) - waitedMs;
}

/** Until something takes longer than it should, which is said when it does. */
function untilOverrun(run: Run | null, now: number): number {
  const at = run === null || run.position === null ? undefined : stepAt(run.plan, run.position);
  if (run === null || at === undefined) return Infinity;
  const ends = [
    ...(at.step.expectedMs === null ? [] : [run.step.enteredAt + at.step.expectedMs]),
    ...(at.phase.expectedMs === null ? [] : [run.phaseEnteredAt + at.phase.expectedMs]),
  ].filter((end) => end >= now);
  return Math.min(Infinity, ...ends) + 1 - now;
}

/** What of a row can turn: its verdict, its colour, and looks in a row that it remembers. */
function turns(rows: Look['rows']): readonly unknown[] {
  return rows.map(({ title, verdict, colour, measure, memory: { beyond, better } }) => ({
    title,
    verdict,
    colour,
    // What is counted turns by evidence; its looks in a row may be any number.
    beyond: measure.counts === undefined ? beyond : 0,
    better,
  }));
}

function seen(rows: Look['rows']): readonly unknown[] {
  return rows.map(({ title, measure: { value, reference, samples } }) => ({
    title,
    value,
    reference,
    samples,
  }));
}

/** What is neither green nor red may be gathering evidence: it turns without anything else changing. */
function isSettled({ verdict, measure: { counts } }: Look['rows'][number]): boolean {
  return verdict !== 'insufficient' || counts === undefined;
}

function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

import { isBeyondRed, NO_MEMORY } from '../gate/index.ts';
import { assertNever } from '../kernel/index.ts';
import { causeKey, type Cause } from '../schedule/index.ts';
import { UNSET_FLAG, type FlagState, type RoutingState, type ShadowRates } from '../route/index.ts';
import { databaseFindings, type DatabaseCheck, type Plan, type Position } from '../plan/index.ts';
import type { StoredEvent } from '../store/index.ts';
import { approved, asked, rejected } from './evolve-approval.ts';
import { beginConfirm, confirmLooked } from './confirm.ts';
import { coveredWith, withoutLifted } from './covered.ts';
import { fromStored, type CutoverEvent, type Registration } from './events.ts';
import { rowsOf } from './rows.ts';
import { followingStep, isAt, stepsOf } from './following.ts';
import { namedInstances } from './slots.ts';
import type { ConfirmProgress, Delay, Run, RunStatus, State, StepProgress } from './state.ts';

/** Where an event stands in its stream. */
export type EventMeta = { readonly seq: number; readonly at: number; readonly hash: string };

/** Folds stored events into a state. */
export function fold(state: State, events: readonly StoredEvent[]): State {
  return events.reduce((before, stored) => evolve(before, fromStored(stored), stored), state);
}

/** One event into the state. Never throws on an event of a kind that it does not know. */
export function evolve(before: State, event: CutoverEvent, meta: EventMeta): State {
  const state: State = { ...before, seq: meta.seq, head: meta.hash };
  switch (event.kind) {
    case 'migration.registered':
      return {
        ...state,
        registration: event.registration,
        routing: registered(state.routing, event.registration),
      };
    case 'flag.set':
      return withFlags(state, event.repository === null ? null : [event.repository], (flag) => ({
        killed: flag.killed,
        exposure: event.exposure,
        of: event.of,
        instances: event.of === 'instances' ? namedInstances(state.slots, event.exposure) : [],
      }));
    case 'baseline.recorded':
      return { ...state, baseline: { ...event, at: meta.at } };
    case 'run.started':
      return { ...state, run: startRun(state, event, meta) };
    case 'plan.accepted':
      return withRun(state, (run) => accepted(run, event));
    case 'step.entered':
      return withRun(state, (run) => entered(run, event, meta));
    case 'exposure.set':
      return setExposure(state, event);
    case 'shadow.set':
      return setShadow(state, event);
    case 'slots.assigned':
      return withSlots(state, event.slots);
    case 'exposure.acknowledged':
      return state;
    case 'gate.looked':
      return withRun(state, (run) => looked(run, event, meta));
    case 'item.checked': {
      const { checklist, item, actor, reason } = event;
      return { ...state, checks: [...state.checks, { checklist, item, actor, reason, at: meta.at }] };
    }
    case 'plan.approved':
      return approved(state, event, meta);
    case 'plan.rejected':
      return rejected(state, event, meta);
    case 'approval.asked':
      return asked(state, event, meta);
    case 'counter.added':
      return withRun(state, (run) => ({
        ...run,
        counters: { ...run.counters, [event.counter]: (run.counters[event.counter] ?? 0) + event.count },
      }));
    case 'decision.made':
      return withStep(state, (step) => ({ ...step, outcome: event.outcome }));
    case 'databases.checked':
      return checked(state, event);
    case 'effect.started':
      return withStep(state, (step) => ({
        ...step,
        effect: { key: event.key, attempt: event.attempt, status: 'started', output: '' },
      }));
    case 'effect.finished':
      return withStep(state, (step) =>
        // The end of what the run is no longer at.
        step.effect?.key !== event.key || step.effect.attempt !== event.attempt
          ? step
          : {
              ...step,
              effect: {
                key: event.key,
                attempt: event.attempt,
                status: event.ok ? 'ok' : 'failed',
                output: event.output,
              },
            },
      );
    case 'effect.retried':
      return withStatus(
        withStep(state, (step) =>
          step.effect === null ? step : { ...step, effect: { ...step.effect, status: 'retry' } },
        ),
        'running',
        meta,
      );
    case 'step.completed':
      return withStatus(
        withStep(state, (step) => ({ ...step, done: true, outcome: null })),
        'running',
        meta,
      );
    case 'step.skipped':
      return skipped(state, event, meta);
    case 'run.delayed':
      return withRun(state, (run) => ({ ...run, delay: delayed(run, event, meta) }));
    case 'delay.ended':
      // What was seen before it is old: a raise waits for a look from now on, and patience begins anew.
      return withRun(state, (run) => ({
        ...run,
        look: null,
        delay: run.delay === null ? null : { ...run.delay, over: true },
        step: { ...run.step, waitedMs: 0 },
      }));
    case 'delay.overridden':
      return withRun(state, (run) => ({ ...run, delay: overridden(run, event.causes) }));
    case 'run.overran':
      return withRun(state, (run) => overran(run, event));
    case 'run.paused':
      return withRun(withStatus(state, 'paused', meta), (run) => ({
        ...run,
        paused: { cause: event.cause, actor: event.actor, reason: event.reason },
        step: { ...run.step, outcome: null },
      }));
    case 'run.resumed':
      // The look that paused it is behind it; the next one decides again.
      return withRun(withStatus(state, 'running', meta), (run) => ({
        ...run,
        look: null,
        step: { ...run.step, waitedMs: 0 },
        databases: { ...run.databases, before: soundOrNull(run.databases.before) },
      }));
    case 'phase.restarted':
      return withRun(state, (run) => restarted(run, event, meta, state.routing?.environment ?? ''));
    case 'contingency.began':
      return meetContingency(state, event, meta);
    case 'contingency.kept':
      return state.capture === null
        ? state
        : { ...state, capture: { ...state.capture, answer: event.answer } };
    case 'rollback.started':
      return startRollback(state, event, meta);
    case 'rollback.overdue':
      return state.rollback === null
        ? state
        : { ...state, rollback: { ...state.rollback, overdue: event.missing } };
    case 'rollback.acknowledged':
      return finishRollback(state, event, meta);
    case 'confirm.looked':
      return withConfirm(state, (confirm) => confirmLooked(confirm, event));
    case 'rollback.confirmed': {
      const { outcome, reason } = event;
      return withConfirm(state, (confirm) => ({ ...confirm, outcome: { outcome, reason, at: meta.at } }));
    }
    case 'kill.lifted':
      return {
        ...withFlags(lifted(state, event.repositories), event.repositories, () => UNSET_FLAG),
        latched: event.repositories === null ? false : state.latched,
      };
    case 'run.completed':
      return ended(state, 'completed', meta);
    default:
      return ignoreUnknown(event, state);
  }
}

/** The compiler sees that every kind is handled; a kind from a newer version still only moves the sequence. */
function ignoreUnknown(event: never, state: State): State {
  return event === undefined ? assertNever(event) : state;
}

function registered(routing: RoutingState | null, registration: Registration): RoutingState {
  const { migration, environment, salt, allow, deny, leaseMs, names } = registration;
  const repositories = Object.keys(names.repositories).map((name) => [
    name,
    routing?.repositories[name] ?? UNSET_FLAG,
  ]);
  return {
    v: 1,
    migration,
    environment,
    epoch: (routing?.epoch ?? 0) + 1,
    // The salt of the first registration stays: another one would move people who are already exposed.
    salt: routing?.salt ?? salt,
    failSide: routing?.failSide ?? 'control',
    byEnvironment: routing?.byEnvironment ?? false,
    global: routing?.global ?? UNSET_FLAG,
    repositories: Object.fromEntries(repositories),
    allow,
    deny,
    staleAfterMs: Math.round((leaseMs * 2) / 3),
  };
}

function withRouting(state: State, change: (routing: RoutingState) => Partial<RoutingState>): State {
  if (state.routing === null) return state;
  return {
    ...state,
    routing: { ...state.routing, ...change(state.routing), epoch: state.routing.epoch + 1 },
  };
}

/** @param repositories `null` is the global flag, and for a change that takes everything back all others too */
function withFlags(
  state: State,
  repositories: readonly string[] | null,
  change: (flag: FlagState) => FlagState,
): State {
  return withRouting(state, (routing) => {
    if (repositories === null) return { global: change(routing.global) };
    const changed = repositories.map((name) => [name, change(routing.repositories[name] ?? UNSET_FLAG)]);
    return { repositories: { ...routing.repositories, ...Object.fromEntries(changed) } };
  });
}

function withSlots(state: State, slots: readonly string[]): State {
  const named = (flag: FlagState): FlagState => {
    const exposure = flag.of === 'instances' && flag.exposure !== 'unset' ? flag.exposure : 0;
    return { ...flag, instances: namedInstances(slots, exposure) };
  };
  const next = withRouting(state, (routing) => ({
    global: named(routing.global),
    repositories: Object.fromEntries(
      Object.entries(routing.repositories).map(([name, flag]) => [name, named(flag)]),
    ),
  }));
  return { ...next, slots };
}

function setExposure(before: State, event: Extract<CutoverEvent, { kind: 'exposure.set' }>): State {
  const state: State = { ...before, slots: event.slots };
  const instances = event.of === 'instances' ? namedInstances(event.slots, event.exposure) : [];
  // By environment the instances' own variable decides; the stored exposure keeps out of its way.
  const flag: FlagState = event.byEnvironment
    ? UNSET_FLAG
    : {
        exposure: event.exposure,
        of: event.of,
        instances,
        killed: false,
        ...(event.holdback === undefined ? {} : { holdback: event.holdback }),
      };
  // A kill is left by an explicit resume only, never by a step that comes after it.
  const expose = (now: FlagState): FlagState => (now.killed === false ? flag : now);
  // A step for everything is for everything: what was set for one repository before does not stand out of it.
  const plain = (now: FlagState): FlagState => (now.killed === false ? UNSET_FLAG : now);
  const all = (routing: RoutingState): RoutingState['repositories'] =>
    Object.fromEntries(Object.entries(routing.repositories).map(([name, now]) => [name, plain(now)]));
  const exposed = withRouting(withFlagsQuietly(state, event.repositories, expose), (routing) => ({
    repositories: event.repositories === null ? all(routing) : routing.repositories,
    byEnvironment: event.byEnvironment,
    failSide: event.pointOfNoReturn ? 'candidate' : routing.failSide,
  }));
  return withRun(exposed, (run) => ({
    ...run,
    memory: carried(run.memory),
    takenBack: run.takenBack.filter(
      (name) => event.repositories !== null && !event.repositories.includes(name),
    ),
    look: null,
    step: { ...run.step, epoch: exposed.routing?.epoch ?? null },
  }));
}

/** Another exposure begins its looks in a row anew, but its evidence has one probability of a false alarm for all of the run. */
function carried(memory: Run['memory']): Run['memory'] {
  return Object.fromEntries(
    Object.entries(memory).flatMap(([title, { evidence }]) =>
      evidence === undefined ? [] : [[title, { ...NO_MEMORY, evidence }] as const],
    ),
  );
}

function setShadow(
  state: State,
  { sample, repositories }: Extract<CutoverEvent, { kind: 'shadow.set' }>,
): State {
  const next = withRouting(state, (routing) => ({ shadow: shadowed(routing, sample, repositories) }));
  return withStep(next, (step) => ({ ...step, epoch: next.routing?.epoch ?? null }));
}

function shadowed(
  { shadow }: RoutingState,
  sample: number,
  repositories: readonly string[] | null,
): ShadowRates {
  if (repositories === null) return { all: sample, repositories: {} };
  const named = Object.fromEntries(repositories.map((name) => [name, sample]));
  return { all: shadow?.all ?? 0, repositories: { ...shadow?.repositories, ...named } };
}

/** Like `withFlags`, as part of a change that counts the epoch itself. */
function withFlagsQuietly(
  state: State,
  repositories: readonly string[] | null,
  change: (flag: FlagState) => FlagState,
): State {
  if (state.routing === null) return state;
  const changed = withFlags(state, repositories, change);
  return changed.routing === null
    ? changed
    : { ...changed, routing: { ...changed.routing, epoch: state.routing.epoch } };
}

function startRollback(
  state: State,
  event: Extract<CutoverEvent, { kind: 'rollback.started' }>,
  meta: EventMeta,
): State {
  const kill = ({ of }: FlagState): FlagState => ({ exposure: 0, of, instances: [], killed: event.mode });
  // Everything back: the repositories' own exposures go too, so that lifting the kill exposes nobody by itself.
  const killed =
    event.repositories === null
      ? withRouting(state, (routing) => ({
          global: kill(routing.global),
          repositories: Object.fromEntries(
            Object.entries(routing.repositories).map(([name, flag]) => [
              name,
              flag.exposure === 'unset' ? flag : kill(flag),
            ]),
          ),
          byEnvironment: false,
        }))
      : withFlags(state, event.repositories, kill);
  // What is taken back is not asked in the shadow either, and lifting the kill does not begin it again.
  const quiet =
    killed.routing?.shadow === undefined
      ? killed
      : {
          ...killed,
          routing: { ...killed.routing, shadow: shadowed(killed.routing, 0, event.repositories) },
        };
  const rollback = {
    cause: event.cause,
    actor: event.actor,
    reason: event.reason,
    repositories: event.repositories,
    covers: coveredWith(state.rollback, event.repositories),
    mode: event.mode,
    budgetMs: event.budgetMs,
    epoch: killed.routing?.epoch ?? 0,
    seq: meta.seq,
    startedAt: meta.at,
    disproves: state.run?.evidence?.run ?? null,
    overdue: null,
    checked: null,
    causeSeenAt: event.causeSeenAt ?? null,
    done: null,
    confirm: null,
  };
  const next: State = { ...quiet, rollback, checks: reopened(state) };
  const { repositories } = event;
  if (repositories !== null)
    return withRun(next, (run) => ({ ...run, takenBack: [...new Set([...run.takenBack, ...repositories])] }));
  const latched: State = { ...next, latched: true };
  return latched.run === null || isOver(latched.run) ? latched : withStatus(latched, 'rolling-back', meta);
}

function finishRollback(
  state: State,
  event: Extract<CutoverEvent, { kind: 'rollback.acknowledged' }>,
  meta: EventMeta,
): State {
  if (state.rollback === null) return state;
  const { tookMs, withinBudget, instances, sinceCauseMs = null } = event;
  const done: State = {
    ...state,
    rollback: {
      ...state.rollback,
      confirm: beginConfirm(state, state.rollback),
      done: { tookMs, sinceCauseMs, withinBudget, instances },
    },
  };
  return done.run?.status === 'rolling-back' ? ended(done, 'rolled-back', meta) : done;
}

/** The plan's checklist for rollbacks is open again with each of them. */
function reopened({ run, checks }: State): State['checks'] {
  const list = run?.plan.rollback.checklist ?? null;
  return checks.filter(({ checklist }) => checklist !== list);
}

function withConfirm(state: State, change: (confirm: ConfirmProgress) => ConfirmProgress): State {
  const { rollback } = state;
  return rollback?.confirm == null
    ? state
    : { ...state, rollback: { ...rollback, confirm: change(rollback.confirm) } };
}

function lifted(state: State, repositories: readonly string[] | null): State {
  return state.rollback === null
    ? state
    : { ...state, rollback: withoutLifted(state.rollback, repositories) };
}

function ended(state: State, outcome: 'completed' | 'rolled-back', meta: EventMeta): State {
  const { run } = state;
  if (run === null) return state;
  const summary = {
    id: run.id,
    planHash: run.planHash,
    timeScale: run.timeScale,
    outcome,
    startedAt: run.startedAt,
    endedAt: meta.at,
    dayOne: run.dayOne,
    skipped: run.skipped,
    seq: meta.seq,
    hash: meta.hash,
  };
  return { ...withStatus(state, outcome, meta), history: [...state.history, summary] };
}

function startRun(state: State, event: Extract<CutoverEvent, { kind: 'run.started' }>, meta: EventMeta): Run {
  return {
    id: event.run,
    plan: event.plan,
    planHash: event.planHash,
    timeScale: event.timeScale,
    evidence: event.evidence,
    dayOne: event.dayOne ?? null,
    startedAt: meta.at,
    actor: event.actor,
    status: 'running',
    since: meta.at,
    paused: null,
    position: null,
    step: { ...enteredAt(meta.at), done: true },
    phaseEnteredAt: meta.at,
    phasesEnteredAt: {},
    delay: null,
    skipped: [],
    takenBack: [],
    restarts: 0,
    asked: {},
    overran: [],
    look: null,
    memory: {},
    assignment: {},
    frozen: {},
    knownErrors: state.baseline?.errors ?? [],
    newErrors: [],
    beyondSince: {},
    contingencies: [],
    counters: {},
    telemetryId: null,
    databases: { before: null, after: null },
  };
}

/** A skip is of the plan that the person saw: what is ahead of an edited one is not left out. */
function accepted(run: Run, { plan, planHash }: Extract<CutoverEvent, { kind: 'plan.accepted' }>): Run {
  const phases = environmentSteps(run.plan).map(({ phase, step }) => `${phase}/${step}`);
  const index = run.position === null ? -1 : phases.indexOf(`${run.position.phase}/${run.position.step}`);
  const behind = phases.slice(0, index + 1);
  const kept = run.skipped.filter(({ phase, step }) => behind.includes(`${phase}/${step}`));
  return { ...run, plan, planHash, skipped: kept };
}

function environmentSteps({ phases }: Plan): readonly Position[] {
  return phases.flatMap((phase) => phase.steps.map((step) => ({ phase: phase.id, step: step.id })));
}

function entered(run: Run, { phase, step }: Position, meta: EventMeta): Run {
  const begins = phase !== run.position?.phase;
  return {
    ...run,
    position: { phase, step },
    step: enteredAt(meta.at),
    phaseEnteredAt: begins ? meta.at : run.phaseEnteredAt,
    phasesEnteredAt: begins ? { ...run.phasesEnteredAt, [phase]: meta.at } : run.phasesEnteredAt,
    delay: null,
    look: null,
  };
}

/** The run stands before the step again, and knows nothing of what came behind it. */
function restarted(
  run: Run,
  { phase, step }: Extract<CutoverEvent, { kind: 'phase.restarted' }>,
  meta: EventMeta,
  environment: string,
): Run {
  const steps = stepsOf(run.plan, environment);
  const before = steps[steps.findIndex((one) => isAt(one, { phase, step })) - 1];
  return {
    ...run,
    position: before === undefined ? null : { phase: before.phase.id, step: before.step.id },
    step: { ...enteredAt(meta.at), done: true },
    restarts: run.restarts + 1,
    delay: null,
    look: null,
    memory: {},
  };
}

/** The step at which the run stands is over with it; one ahead is not entered when its turn comes. */
function skipped(
  state: State,
  event: Extract<CutoverEvent, { kind: 'step.skipped' }>,
  meta: EventMeta,
): State {
  const { phase, step, actor, reason } = event;
  const left = withRun(state, (run) => ({
    ...run,
    // What holds back another step holds it back as before.
    delay: isNext(state, run, event) ? null : run.delay,
    skipped: [...run.skipped, { phase, step, actor, reason, at: meta.at }],
  }));
  const at = state.run?.position;
  if (at?.phase !== phase || at.step !== step) return left;
  return withStatus(
    withStep(left, (now) => ({ ...now, done: true, outcome: null })),
    'running',
    meta,
  );
}

function isNext(state: State, run: Run, at: Position): boolean {
  const following = followingStep(run.plan, state.routing?.environment ?? '', run.position, run.skipped);
  return following !== null && isAt(following, at);
}

function overran(run: Run, { of, phase, step }: Extract<CutoverEvent, { kind: 'run.overran' }>): Run {
  return { ...run, overran: [...run.overran, { of, phase, step }] };
}

function delayed(
  { delay }: Run,
  event: Extract<CutoverEvent, { kind: 'run.delayed' }>,
  meta: EventMeta,
): Delay {
  const { causes, until } = event;
  return { since: delay?.since ?? meta.at, causes, until, overridden: delay?.overridden ?? [], over: false };
}

function overridden({ delay }: Run, causes: readonly Cause[]): Delay | null {
  if (delay === null) return null;
  return { ...delay, overridden: [...new Set([...delay.overridden, ...causes.map(causeKey)])] };
}

function checked(state: State, event: Extract<CutoverEvent, { kind: 'databases.checked' }>): State {
  const { moment, checks } = event;
  switch (moment) {
    case 'before':
    case 'after':
      return withRun(state, (run) => ({ ...run, databases: { ...run.databases, [moment]: checks } }));
    case 'rollback':
      return state.rollback === null ? state : { ...state, rollback: { ...state.rollback, checked: checks } };
    default:
      // From a newer version: it moves the sequence.
      return state;
  }
}

/** A person who goes on has repaired what was found, so it is looked at again. */
function soundOrNull(checks: readonly DatabaseCheck[] | null): readonly DatabaseCheck[] | null {
  return checks === null || databaseFindings(checks).length > 0 ? null : checks;
}

function enteredAt(at: number): StepProgress {
  return { enteredAt: at, done: false, epoch: null, heldMs: 0, waitedMs: 0, effect: null, outcome: null };
}

/** Distinct errors are kept up to this many; a candidate that makes more is red already. */
const MOST_ERRORS = 200;

function looked(run: Run, event: Extract<CutoverEvent, { kind: 'gate.looked' }>, meta: EventMeta): Run {
  const { gate, verdict, action, investigate, rows } = event;
  const known = [...new Set([...run.knownErrors, ...event.knownErrors])].slice(-MOST_ERRORS);
  const found = [...run.newErrors, ...event.newErrors].filter(({ id }) => !known.includes(id));
  const memory = rows.map(({ title, memory: kept }) => [title, kept] as const);
  const frozen = rows.flatMap(({ title, measure }) =>
    measure.referenceKind === 'control' && measure.reference !== null
      ? [[title, { value: measure.reference, samples: measure.referenceSamples }] as const]
      : [],
  );
  const counters = { ...run.counters };
  for (const [name, count] of Object.entries(event.counters)) counters[name] = (counters[name] ?? 0) + count;
  return {
    ...run,
    look: {
      gate,
      at: meta.at,
      seq: meta.seq,
      verdict,
      action,
      investigate,
      rows,
      controlGroups: event.controlGroups ?? {},
      assignment: event.assignment ?? null,
    },
    memory: { ...run.memory, ...Object.fromEntries(memory) },
    assignment: event.assignment?.memory ?? run.assignment,
    frozen: { ...run.frozen, ...Object.fromEntries(frozen) },
    knownErrors: known,
    newErrors: found.slice(0, MOST_ERRORS),
    beyondSince: beyondSince(run, event, meta.at),
    counters,
    telemetryId: event.telemetryId,
    step: {
      ...run.step,
      heldMs: run.step.heldMs + event.observedMs,
      waitedMs: run.step.waitedMs + event.waitedMs,
    },
  };
}

/** Since when each row that is beyond its limit has been, without a look between that saw it within. */
function beyondSince(
  run: Run,
  { gate, rows }: Extract<CutoverEvent, { kind: 'gate.looked' }>,
  at: number,
): Run['beyondSince'] {
  const planRows = rowsOf(run.plan, gate);
  const beyond = rows.filter((recorded) => {
    const row = planRows.find(({ title }) => title === recorded.title);
    return row !== undefined && isBeyondRed(row, recorded);
  });
  return Object.fromEntries(beyond.map(({ title }) => [title, run.beyondSince[title] ?? at]));
}

function meetContingency(
  state: State,
  event: Extract<CutoverEvent, { kind: 'contingency.began' }>,
  { seq, at }: EventMeta,
): State {
  const { name, rows, errors, tell, next, snapshotOf } = event;
  const met = withRun(state, (run) => ({
    ...run,
    contingencies: [...run.contingencies, { name, at, rows, errors, tell, next }],
  }));
  if (snapshotOf === null) return met;
  const id = String(seq);
  // The wish goes where instances look anyway, and with the rollback that follows.
  const asked = withRouting(met, () => ({ capture: { id, instance: snapshotOf } }));
  return {
    ...asked,
    capture: { id, contingency: name, instance: snapshotOf, seq, askedAt: at, answer: null },
  };
}

function withRun(state: State, change: (run: Run) => Run): State {
  return state.run === null ? state : { ...state, run: change(state.run) };
}

function withStep(state: State, change: (step: StepProgress) => StepProgress): State {
  return withRun(state, (run) => ({ ...run, step: change(run.step) }));
}

function withStatus(state: State, status: RunStatus, meta: EventMeta): State {
  return withRun(state, (run) =>
    run.status === status
      ? run
      : { ...run, status, since: meta.at, paused: status === 'paused' ? run.paused : null },
  );
}

function isOver(run: Run): boolean {
  return run.status === 'completed' || run.status === 'rolled-back';
}

/** Whether anything can reach the candidate now. */
export function isExposed(routing: RoutingState | null): boolean {
  if (routing === null || routing.global.killed !== false) return false;
  const flags = [
    routing.global,
    ...Object.values(routing.repositories).filter(({ killed }) => killed === false),
  ];
  return routing.byEnvironment || flags.some(({ exposure }) => exposure !== 'unset' && exposure > 0);
}

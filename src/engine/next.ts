import { formatDuration } from '../kernel/index.ts';
import {
  maxHoldOf,
  PATIENCE_MS,
  servedExposure,
  stepAt,
  type ExposeStep,
  type Phase,
  type Plan,
  type Position,
  type Step,
} from '../plan/index.ts';
import { holdBackText, momentText } from '../schedule/index.ts';
import { askApprovals } from './ask-approvals.ts';
import { delayOf, entranceOf } from './delay.ts';
import { dueCheck, findingsBefore, type CheckedEvent } from './database-check.ts';
import { openItems, pendingConfirm, settleConfirm } from './confirm.ts';
import { beginContingencies, settleCapture } from './contingency.ts';
import type { CutoverEvent, Settled } from './events.ts';
import { isExposed } from './evolve.ts';
import { failureText } from './failure-text.ts';
import { followingStep } from './following.ts';
import { holdAgain } from './hold-again.ts';
import { hasAcknowledged, isSettled, type InstanceView } from './instances.ts';
import { missingFrom } from './missing.ts';
import { needsText, openNeeds, waitingNeeds, type Need } from './needs.ts';
import { overrunsAt } from './overrun.ts';
import { assignSlots } from './slots.ts';
import { activeRun, type Run, type State } from './state.ts';

/** What the controller saw since it asked last. */
export type Tick = {
  /** Wall clock, milliseconds: for days, windows and freezes of the plan, and for nothing that is measured. */
  readonly now: number;
  readonly instances: readonly InstanceView[];
  /** Since the rollback was decided, by a clock that does not jump. */
  readonly rollbackElapsedMs: number;
  /** Since an instance was asked for a picture of its memory, by the same clock. */
  readonly captureElapsedMs?: number;
  readonly look?: Extract<CutoverEvent, { kind: 'gate.looked' }>;
  /** The check of databases that was due, done. */
  readonly databases?: CheckedEvent;
  readonly effect?: Extract<CutoverEvent, { kind: 'effect.finished' }>;
  /** A look at control after a rollback. */
  readonly confirmLook?: Extract<CutoverEvent, { kind: 'confirm.looked' }>;
  /** Whether the effect that the log says was started runs in this process. */
  readonly effectRunning: boolean;
};

/** Who acts in events that no person asked for. */
export const CONTROLLER = 'cutover';

/**
 * The next events of a migration, from its state and what was seen: the whole of the engine's judgement. Called
 * again with the state after them until there are none. Pure, so that a crash between any two calls changes nothing.
 */
export function next(state: State, tick: Tick): readonly CutoverEvent[] {
  const settling = settleRollback(state, tick);
  if (settling.length > 0) return settling;
  if (tick.databases !== undefined && tick.databases.moment === dueCheck(state)) return [tick.databases];
  const captured = settleCapture(state, tick.instances, tick.captureElapsedMs ?? 0);
  if (captured.length > 0) return captured;
  const confirmed = settleConfirm(state);
  if (confirmed.length > 0) return confirmed;
  if (tick.confirmLook !== undefined && pendingConfirm(state) !== null) return [tick.confirmLook];
  const run = activeRun(state);
  if (run === null || run.status === 'rolling-back') return [];
  if (tick.effect !== undefined) return [tick.effect];
  if (tick.look !== undefined) return [tick.look];
  const red = [...beginContingencies(state, run), ...actOnRed(state, run)];
  if (red.length > 0) return red;
  const slots = reassign(state, tick.instances);
  if (slots.length > 0) return slots;
  const late = overrunsAt(run, state.routing?.environment ?? '', tick.now);
  if (late.length > 0) return late;
  if (run.status === 'paused') return [];
  return advanceRun(state, run, tick);
}

function settleRollback({ rollback, routing }: State, tick: Tick): readonly CutoverEvent[] {
  if (rollback === null || rollback.done !== null) return [];
  const missing = missingFrom({ routing }, rollback, tick.instances);
  const tookMs = Math.round(tick.rollbackElapsedMs);
  if (missing.length === 0) {
    const instances = tick.instances.map(settledHow(rollback.epoch, routing?.epoch ?? 0));
    return [
      {
        kind: 'rollback.acknowledged',
        epoch: rollback.epoch,
        tookMs,
        withinBudget: tookMs <= rollback.budgetMs,
        instances,
        ...sinceCause(rollback, tookMs),
      },
    ];
  }
  if (tookMs <= rollback.budgetMs || rollback.overdue !== null) return [];
  return [
    {
      kind: 'rollback.overdue',
      budgetMs: rollback.budgetMs,
      missing: missing.map(({ instance }) => instance),
    },
  ];
}

/** The wall clock says how long before the decision the cause was seen; the rest is measured without it. */
function sinceCause(
  { causeSeenAt, startedAt }: NonNullable<State['rollback']>,
  tookMs: number,
): { readonly sinceCauseMs?: number } {
  return causeSeenAt === null ? {} : { sinceCauseMs: Math.max(0, startedAt - causeSeenAt) + tookMs };
}

function settledHow(epoch: number, newest: number): (view: InstanceView) => Settled {
  return (view) => ({
    instance: view.instance,
    how: hasAcknowledged(view, epoch, newest) ? 'acknowledged' : 'lease expired',
  });
}

function actOnRed(state: State, run: Run): readonly CutoverEvent[] {
  const { look } = run;
  if (look === null || look.action === null) return [];
  const rows = look.rows.filter(
    ({ verdict, title }) => verdict === 'fail' && !look.investigate.includes(title),
  );
  const reason = rows.map(({ title, reason: why }) => `${title}: ${why}`).join('; ');
  const pause = (why: string): readonly CutoverEvent[] =>
    run.status === 'paused' ? [] : [{ kind: 'run.paused', cause: 'red', actor: CONTROLLER, reason: why }];
  if (look.action === 'pause') return pause(reason);
  if (!run.plan.rollback.automatic) return pause(`${reason}; the plan asks a person to roll back`);
  if (state.routing?.failSide === 'candidate')
    return pause(`${reason}; past the point of no return nothing is taken back by itself`);
  if (run.plan.topology === 'two-store')
    return pause(
      `${reason}; taking back would lose what was written to the candidate alone: a person decides`,
    );
  const seen = rows.flatMap(({ title }) => run.beyondSince[title] ?? []);
  const causeSeenAt = Math.min(...seen);
  return [{ ...takeBack(run.plan, 'gate', reason), ...(seen.length === 0 ? {} : { causeSeenAt }) }];
}

function takeBack(
  plan: Plan,
  cause: 'gate' | 'step' | 'person',
  reason: string,
): Extract<CutoverEvent, { kind: 'rollback.started' }> {
  return {
    kind: 'rollback.started',
    cause,
    repositories: null,
    mode: 'drain',
    budgetMs: plan.rollback.budgetMs,
    actor: CONTROLLER,
    reason,
  };
}

/** Instances come and go during an exposure of instances; the slots follow. */
function reassign(state: State, views: readonly InstanceView[]): readonly CutoverEvent[] {
  const { routing } = state;
  if (routing === null || !isExposed(routing)) return [];
  const flags = [routing.global, ...Object.values(routing.repositories)];
  if (!flags.some((flag) => flag.of === 'instances' && flag.exposure !== 'unset' && flag.exposure > 0))
    return [];
  const slots = slotsNow(state.slots, views);
  return sameList(slots, state.slots) ? [] : [{ kind: 'slots.assigned', slots }];
}

function slotsNow(slots: readonly string[], views: readonly InstanceView[]): readonly string[] {
  const gone = new Set(views.filter(({ liveness }) => liveness === 'gone').map(({ instance }) => instance));
  return assignSlots(
    slots,
    views.map(({ instance }) => instance),
    gone,
  );
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function advanceRun(state: State, run: Run, tick: Tick): readonly CutoverEvent[] {
  if (run.position === null || run.step.done) return enterNext(state, run, tick);
  const at = stepAt(run.plan, run.position);
  if (at === undefined) return [];
  const { phase, step } = at;
  switch (step.kind) {
    case 'expose':
      return acknowledgeExposure(run, step, run.position, tick, state.routing?.epoch ?? 0);
    case 'shadow':
      return isAcknowledged(run, tick.instances, state.routing?.epoch ?? 0) ? completed(run.position) : [];
    case 'hold':
      return isHeld(run, step.forMs) ? completed(run.position) : waitedTooLong(run, step, maxHoldOf(step));
    case 'gate':
      return run.look?.verdict === 'pass' ? completed(run.position) : waitedTooLong(run, step, PATIENCE_MS);
    case 'decision':
      return decide(run, phase, step, run.position);
    case 'command':
    case 'http':
    case 'sql':
    case 'size':
      return carryOut(state, run, step, run.position, tick);
  }
}

function completed(position: Position): readonly CutoverEvent[] {
  return [{ kind: 'step.completed', ...position, by: null }];
}

/** A hold is over when it was observed for long enough and the last look passed. Nothing else ends it by itself. */
function isHeld(run: Run, forMs: number): boolean {
  return run.look?.verdict === 'pass' && run.step.heldMs >= forMs / run.timeScale;
}

/** What cannot end by itself is a question that nobody has asked yet. */
function waitedTooLong(run: Run, step: Step, mostMs: number): readonly CutoverEvent[] {
  if (run.step.waitedMs < mostMs / run.timeScale) return [];
  const open = run.look?.rows.filter(({ verdict }) => verdict !== 'pass') ?? [];
  const findings = run.look?.assignment?.findings ?? [];
  const why =
    [...open.map(({ title, reason }) => `${title}: ${reason}`), ...findings.map(({ text }) => text)].join(
      '; ',
    ) || 'nobody reports';
  const reason = `step "${step.id}" could not end within ${formatDuration(mostMs)}: ${why}`;
  return [{ kind: 'run.paused', cause: 'held too long', actor: CONTROLLER, reason }];
}

function enterNext(state: State, run: Run, tick: Tick): readonly CutoverEvent[] {
  const environment = state.routing?.environment ?? '';
  const following = followingStep(run.plan, environment, run.position, run.skipped);
  if (following === null) return dueCheck(state) === null ? [{ kind: 'run.completed' }] : [];
  const { phase, step } = following;
  if (phase.id !== run.position?.phase) {
    const asking = askApprovals(state, run, following, tick.now);
    if (asking.kind === 'ask') return asking.events;
    if (asking.kind === 'wait') return [];
    if (openNeeds(state, run.plan, run.planHash, phase).length > 0) return [];
  }
  const entrance = entranceOf(state, run, following, tick.now);
  if (entrance.kind === 'delayed') return entrance.events;
  if (entrance.kind === 'look') return waitedTooLong(run, step, PATIENCE_MS);
  if (dueCheck(state) !== null) return [];
  const entered: CutoverEvent = { kind: 'step.entered', phase: phase.id, step: step.id };
  if (step.kind === 'shadow')
    return [entered, { kind: 'shadow.set', sample: step.sample, repositories: step.repositories }];
  if (step.kind !== 'expose') return [entered];
  const unsound = findingsBefore(run);
  if (unsound.length > 0) return stopUnsound(unsound);
  const { of, repositories, holdback } = step;
  return [
    entered,
    {
      kind: 'exposure.set',
      exposure: servedExposure(step),
      of,
      repositories,
      ...(holdback === undefined ? {} : { holdback }),
      byEnvironment: step.by === 'environment',
      slots: of === 'instances' ? slotsNow(state.slots, tick.instances) : state.slots,
      pointOfNoReturn: phase.pointOfNoReturn,
    },
  ];
}

/** Until a person resumes it, which has the databases looked at again. */
function stopUnsound(findings: readonly string[]): readonly CutoverEvent[] {
  const reason = `nothing is exposed: ${findings.slice(0, 3).join('; ')}`;
  return [{ kind: 'run.paused', cause: 'database not sound', actor: CONTROLLER, reason }];
}

function acknowledgeExposure(
  run: Run,
  step: ExposeStep,
  position: Position,
  { instances }: Tick,
  newest: number,
): readonly CutoverEvent[] {
  const epoch = run.step.epoch ?? Infinity;
  const live = instances.filter(({ liveness }) => liveness !== 'gone');
  if (!isAcknowledged(run, instances, newest)) return [];
  if (step.by === 'environment' && !enoughOn(live, step)) return [];
  return [
    { kind: 'exposure.acknowledged', epoch, instances: instances.map(settledHow(epoch, newest)) },
    { kind: 'step.completed', ...position, by: null },
  ];
}

/** Nobody there to serve it is not an exposure. */
function isAcknowledged(run: Run, instances: readonly InstanceView[], newest: number): boolean {
  const epoch = run.step.epoch ?? Infinity;
  const isThere = instances.some(({ liveness }) => liveness !== 'gone');
  return isThere && instances.every((view) => isSettled(view, epoch, newest));
}

/** By environment nobody but the instances themselves can say how many are on the candidate. */
function enoughOn(live: readonly InstanceView[], step: ExposeStep): boolean {
  const on = live.filter(({ status }) => {
    const sides = Object.entries(status?.serving ?? {}).filter(
      ([name]) => step.repositories?.includes(name) ?? true,
    );
    return sides.length > 0 && sides.every(([, { side }]) => side === 'candidate');
  });
  return on.length >= Math.ceil((live.length * step.exposure) / 10_000);
}

type DecisionStep = Extract<Step, { kind: 'decision' }>;

function decide(run: Run, phase: Phase, step: DecisionStep, position: Position): readonly CutoverEvent[] {
  switch (run.step.outcome) {
    case 'advance':
      return completed(position);
    case 'rollback':
      return [takeBack(run.plan, 'person', `the decision "${step.question}"`)];
    case 'pause':
      return [
        {
          kind: 'run.paused',
          cause: 'decision',
          actor: CONTROLLER,
          reason: `the decision "${step.question}"`,
        },
      ];
    case 'hold': {
      const again = holdAgain(phase, step, run);
      if (again !== undefined) return [{ kind: 'step.entered', phase: phase.id, step: again.id }];
      const reason = `the decision "${step.question}" is to hold on, and every hold before it was left out`;
      return [{ kind: 'run.paused', cause: 'decision', actor: CONTROLLER, reason }];
    }
    case null:
      return decideByItself(run, step);
  }
}

function decideByItself(run: Run, step: DecisionStep): readonly CutoverEvent[] {
  const outcome = step.auto === null ? undefined : step.options[step.auto];
  if (step.auto === null || outcome === undefined) return [];
  if (run.look?.verdict !== 'pass') return waitedTooLong(run, step, PATIENCE_MS);
  return [
    {
      kind: 'decision.made',
      choice: step.auto,
      outcome,
      by: 'gate',
      actor: CONTROLLER,
      reason: `gate "${step.gate}" passes`,
    },
  ];
}

type EffectStep = Extract<Step, { kind: 'command' | 'http' | 'sql' | 'size' }>;

/**
 * A step with an effect outside. It is logged before it begins, so after a crash the log says that it may have run;
 * then it is run again only if the plan says that this is safe, and a person is asked otherwise.
 */
function carryOut(
  state: State,
  run: Run,
  step: EffectStep,
  position: Position,
  tick: Tick,
): readonly CutoverEvent[] {
  const { effect } = run.step;
  // What is done again is another effect to whoever tells them apart by their keys.
  const again = run.restarts === 0 ? '' : `/${run.restarts}`;
  const key = effect?.key ?? `${run.id}/${position.phase}/${position.step}${again}`;
  const start = (attempt: number): readonly CutoverEvent[] => [{ kind: 'effect.started', key, attempt }];
  if (effect === null) return start(1);
  switch (effect.status) {
    case 'retry':
      return start(effect.attempt + 1);
    case 'ok':
      return completed(position);
    case 'failed':
      return failed(state, run, step, effect.output);
    case 'started':
      if (tick.effectRunning) return [];
      if (step.idempotent) return start(effect.attempt + 1);
      return [
        {
          kind: 'run.paused',
          cause: 'step outcome unknown',
          actor: CONTROLLER,
          reason: `step "${step.id}" was started and the controller stopped before it saw the end; it may have run`,
        },
      ];
  }
}

function failed(state: State, run: Run, step: EffectStep, output: string): readonly CutoverEvent[] {
  const reason = `step "${step.id}" failed: ${failureText(output)}`;
  const canTakeBack =
    step.onFailure === 'rollback' &&
    run.plan.topology === 'same-store' &&
    isExposed(state.routing) &&
    state.routing?.failSide === 'control';
  return canTakeBack
    ? [takeBack(run.plan, 'step', reason)]
    : [{ kind: 'run.paused', cause: 'step failed', actor: CONTROLLER, reason }];
}

/** The gate that is looked at now: the step's own, else the matrix. `null` when nobody needs a look. */
export function gateToWatch(state: State): string | null {
  const run = activeRun(state);
  if (run === null || run.status === 'rolling-back') return null;
  const step = run.position === null ? undefined : stepAt(run.plan, run.position)?.step;
  const asks =
    step !== undefined &&
    !run.step.done &&
    (step.kind === 'hold' || step.kind === 'gate' || step.kind === 'decision');
  if (run.status === 'running' && asks) return step.gate;
  return isExposed(state.routing) ? 'matrix' : null;
}

function waitingAfterRollback(state: State): string {
  const open = openItems(state);
  if (pendingConfirm(state) !== null) return 'control to show that the trouble is over';
  if (open.length > 0)
    return `a person: ${open.length} of checklist "${state.run?.plan.rollback.checklist ?? ''}"`;
  return 'a person to acknowledge the rollback: cutover resume --reason …';
}

function acknowledgementsFrom(missing: readonly InstanceView[]): string {
  return `acknowledgements from ${missing.map(({ instance }) => instance).join(', ') || 'nobody'}`;
}

function pausedWait({ paused }: Run): string {
  switch (paused?.cause) {
    case 'person':
      return 'a person to resume it';
    case 'approval rejected':
      return 'a person: approval rejected; whoever resumes it has it asked again';
    default:
      return `a person: ${paused?.cause}`;
  }
}

/** Since when the first of the roles is asked that have not answered. */
function askedText(needs: readonly Need[], { schedule }: Plan, now: number | undefined): string {
  const since = needs.flatMap((need) => (need.kind === 'approval' ? (need.asked?.since ?? []) : []));
  if (now === undefined || since.length === 0) return '';
  return `, asked since ${momentText(Math.min(...since), schedule.timeZone)}`;
}

/** What a run waits for, in a sentence. @param now wall clock: then it says how long a day, window or freeze is away */
export function waitingFor(state: State, instances: readonly InstanceView[], now?: number): string | null {
  const newest = state.routing?.epoch ?? 0;
  const run = activeRun(state);
  const { rollback } = state;
  if (rollback !== null && rollback.done === null) {
    const missing = missingFrom(state, rollback, instances);
    return missing.length > 0
      ? acknowledgementsFrom(missing)
      : 'a controller to see that every instance has acknowledged';
  }
  if (run !== null && dueCheck(state) !== null) return 'the databases to be looked at';
  if (run === null) return state.latched ? waitingAfterRollback(state) : null;
  if (run.status === 'paused') return pausedWait(run);
  const needs = waitingNeeds(state);
  if (needs.length > 0) return `a person: ${needsText(needs)}${askedText(needs, run.plan, now)}`;
  const delay = delayOf(state);
  if (delay !== null) return holdBackText(delay, now);
  if (run.delay !== null && run.step.done) return 'a look that passes, before it goes on';
  const step = run.position === null ? undefined : stepAt(run.plan, run.position)?.step;
  if (step === undefined || run.step.done) return null;
  switch (step.kind) {
    case 'expose':
    case 'shadow': {
      const missing = instances.filter((view) => !isSettled(view, run.step.epoch ?? Infinity, newest));
      return instances.length === 0 ? 'the first instance to register' : acknowledgementsFrom(missing);
    }
    case 'hold': {
      const left = step.forMs / run.timeScale - run.step.heldMs;
      return left > 0
        ? `${formatDuration(left * run.timeScale)} more of observed time`
        : `gate "${step.gate}" to pass`;
    }
    case 'gate':
      return `gate "${step.gate}" to pass`;
    case 'decision':
      return step.auto === null
        ? `a person: ${step.question} (cutover advance --choose ${Object.keys(step.options).join('|')})`
        : `gate "${step.gate}" to pass, or a person: ${step.question}`;
    case 'command':
    case 'http':
    case 'sql':
    case 'size':
      return `step "${step.id}" to finish`;
  }
}

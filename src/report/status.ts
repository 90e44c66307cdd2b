import { formatDuration, inOneLine } from '../kernel/index.ts';
import {
  activeRun,
  controlGroupTexts,
  dayOneOf,
  delayOf,
  isExposed,
  killedFlags,
  leftOnControl,
  openItems,
  pendingConfirm,
  rowsOf,
  waitingFor,
  waitingNeeds,
  type InstanceView,
  type State,
} from '../engine/index.ts';
import { formatMeasure, hasEvidence } from '../gate/index.ts';
import { parseTelemetryBatch } from '../measure/index.ts';
import { environmentPhases, stageAt, type Plan } from '../plan/index.ts';
import type { HoldBack } from '../schedule/index.ts';
import { confirmOf } from './confirm.ts';
import { contingenciesOf, type ContingencyStatus } from './contingencies.ts';
import { exposureOf, type ExposureStatus } from './exposure.ts';
import { phasesOf, type PhaseStatus } from './phases.ts';
import { requestsOf, type RequestStatus } from './requests.ts';
import type { LeaseRecord, TelemetryRecord } from '../store/index.ts';

export type RowStatus = {
  readonly title: string;
  readonly verdict: string;
  readonly colour: 'green' | 'yellow' | 'red' | 'none';
  readonly value: string;
  readonly yellow: string;
  readonly red: string;
  readonly samples: number;
  /** Beyond a limit and green all the same: the change is below the row's `minChange`. */
  readonly small: boolean;
  readonly reason: string;
  /** `calls`: judged by evidence. `processes`: of gauges, by looks in a row, which is weaker evidence. `facts`: counted or asked. */
  readonly of: 'calls' | 'processes' | 'facts';
};

export type InstanceStatus = {
  readonly instance: string;
  readonly liveness: InstanceView['liveness'];
  /** 0 for what was never an epoch of this log. */
  readonly acknowledged: number;
  readonly pins: number;
  readonly candidate: boolean;
  readonly notes: readonly string[];
};

/** Everything a person or a program asks of a migration in one environment. `cutover status --json` prints it. */
export type StatusDocument = {
  readonly schema: 'cutover.status/1';
  readonly migration: string;
  readonly title: string;
  readonly environment: string;
  /** Whether a change has to name the plan. */
  readonly protected: boolean;
  readonly at: number;
  readonly state: 'not started' | 'running' | 'paused' | 'rolling-back' | 'rolled-back' | 'completed';
  readonly since: number | null;
  /** The state in a sentence. */
  readonly sentence: string;
  readonly waitingFor: string | null;
  /** The command to type next, if a person is needed. */
  readonly nextCommand: string | null;
  readonly run: {
    readonly id: string;
    readonly planHash: string;
    readonly timeScale: number;
    readonly startedAt: number;
    readonly actor: string;
    readonly phase: string | null;
    readonly step: string | null;
    /** Date of day 1 of the plan; `null` for a rehearsal, which knows no days. */
    readonly dayOne: string | null;
  } | null;
  /** What the plan's days, windows and freezes keep the run from; `null` when nothing of the kind does. */
  readonly delay: HoldBack | null;
  /** What takes longer, or begins later, than the plan has it: a line each, newest last. */
  readonly late: readonly string[];
  readonly phases: readonly PhaseStatus[];
  readonly routing: {
    readonly epoch: number;
    readonly failSide: 'control' | 'candidate';
    readonly killed: readonly string[];
  } | null;
  /** How far back the counts of `exposure` and `requests` go, milliseconds. */
  readonly recentMs: number;
  readonly exposure: readonly ExposureStatus[];
  /** Of the last seconds, by the side of the repositories whose exposure is watched. Empty without the request middleware. */
  readonly requests: readonly RequestStatus[];
  readonly gate: {
    readonly name: string;
    readonly verdict: string;
    readonly at: number;
    readonly rows: readonly RowStatus[];
    /** What the candidate is compared with, a sentence each; empty while control serves the rest of what is exposed. */
    readonly controlGroup: readonly string[];
    /** Why calls are not divided as the exposure says; such a gate does not pass. */
    readonly assignment: readonly { readonly code: string; readonly text: string }[];
  } | null;
  /** Whether a controller carries the run: `silent` holds the lease and has not looked for too long. */
  readonly controller: 'none' | 'silent' | 'present';
  readonly instances: readonly InstanceStatus[];
  readonly rollback: {
    readonly cause: string;
    readonly reason: string;
    readonly actor: string;
    readonly repositories: readonly string[] | null;
    /** What it stands for: also what an earlier rollback took back and nobody has lifted. Its own once everything is lifted. */
    readonly covers: readonly string[] | null;
    readonly startedAt: number;
    readonly budgetMs: number;
    readonly tookMs: number | null;
    /** From the first look that saw the cause; `null` when it was a person's decision. */
    readonly sinceCauseMs: number | null;
    readonly withinBudget: boolean | null;
    /** Whether the trouble is over, where the plan says how to know. */
    readonly confirm: {
      readonly outcome: 'pending' | 'resolved' | 'not resolved' | 'not known';
      readonly text: string;
    } | null;
    readonly missing: readonly string[];
  } | null;
  /** What the plan says about rows that turned red in this run. */
  readonly contingencies: readonly ContingencyStatus[];
  readonly baseline: {
    readonly at: number;
    readonly actor: string;
    readonly metrics: Readonly<Record<string, number>>;
  } | null;
  readonly log: { readonly seq: number; readonly head: string };
};

/** How much of the past is shown of calls and requests, milliseconds. */
export const RECENT_MS = 10_000;

/**
 * The status of one environment. Pure; `telemetry` is that of the last `RECENT_MS`, `now` wall-clock milliseconds.
 *
 * @param silentMs since the last look of a controller; by the wall clocks of both where nobody knows better
 */
export function statusOf(
  plan: Plan,
  environment: string,
  state: State,
  instances: readonly InstanceView[],
  telemetry: readonly TelemetryRecord[],
  now: number,
  lease?: LeaseRecord,
  silentMs = state.run?.look == null ? 0 : now - state.run.look.at,
): StatusDocument {
  const { run, routing, rollback } = state;
  const shown = run?.plan ?? plan;
  const batches = telemetry.flatMap(({ body }) => parseTelemetryBatch(body) ?? []);
  return {
    schema: 'cutover.status/1',
    migration: plan.id,
    title: shown.title,
    environment,
    protected: plan.environments.some(({ name, protected: is }) => is && name === environment),
    at: now,
    state: standing(state),
    since: takenBackSince(state)?.startedAt ?? run?.since ?? null,
    sentence: inOneLine(sentenceOf(state, environment)),
    waitingFor: waitingFor(state, instances, now),
    nextCommand: nextCommandOf(state, environment),
    run:
      run === null
        ? null
        : {
            id: run.id,
            planHash: run.planHash,
            timeScale: run.timeScale,
            startedAt: run.startedAt,
            actor: run.actor,
            phase: run.position?.phase ?? null,
            step: run.position?.step ?? null,
            dayOne: run.timeScale === 1 ? dayOneOf(run) : null,
          },
    delay: delayOf(state),
    late: lateOf(state),
    phases: phasesOf(shown, environment, state),
    routing:
      routing === null
        ? null
        : {
            epoch: routing.epoch,
            failSide: routing.failSide,
            killed: killedFlags(routing).map((name) => name || 'everything'),
          },
    recentMs: RECENT_MS,
    exposure: exposureOf(shown, state, batches),
    requests: requestsOf(
      batches.flatMap(({ requests = [], pages = [] }) => [...requests, ...pages]),
      stageAt(shown, run?.position ?? null).repositories ?? null,
    ),
    gate: gateOf(state),
    controller: controllerOf(state, silentMs, lease),
    instances: instances.map((view) => instanceOf(view, routing?.epoch ?? 0)),
    rollback:
      rollback === null
        ? null
        : {
            cause: rollback.cause,
            reason: rollback.reason,
            actor: rollback.actor,
            repositories: rollback.repositories,
            covers: rollback.covers?.length === 0 ? rollback.repositories : rollback.covers,
            startedAt: rollback.startedAt,
            budgetMs: rollback.budgetMs,
            tookMs: rollback.done?.tookMs ?? null,
            sinceCauseMs: rollback.done?.sinceCauseMs ?? null,
            withinBudget: rollback.done?.withinBudget ?? null,
            confirm: confirmOf(state),
            missing: rollback.done === null ? (rollback.overdue ?? []) : [],
          },
    contingencies: contingenciesOf(state),
    baseline:
      state.baseline === null
        ? null
        : {
            at: state.baseline.at,
            actor: state.baseline.actor,
            metrics: Object.fromEntries(
              Object.entries(state.baseline.metrics).map(([name, { value }]) => [name, value]),
            ),
          },
    log: { seq: state.seq, head: state.head },
  };
}

function instanceOf({ instance, liveness, status }: InstanceView, newest: number): InstanceStatus {
  const { acknowledged = 0, pins = 0, serving = {}, notes = [] } = status ?? {};
  const isKnown = acknowledged <= newest;
  return {
    instance,
    liveness,
    acknowledged: isKnown ? acknowledged : 0,
    pins,
    candidate: Object.values(serving).some(({ side }) => side !== 'control'),
    notes: isKnown
      ? notes
      : [
          ...notes,
          `says it acknowledged epoch ${acknowledged}; the newest is ${newest}, so it counts for none`,
        ],
  };
}

/** Of the run that is on; what was late in one that is over is in the log. */
function lateOf(state: State): readonly string[] {
  const run = activeRun(state);
  if (run === null) return [];
  const phases = environmentPhases(run.plan, state.routing?.environment ?? '').map(({ id }) => id);
  const here = run.position === null ? -1 : phases.indexOf(run.position.phase);
  return run.overran.flatMap(({ of, phase, step }) => {
    if (of === 'beginning')
      return phases.indexOf(phase) > here ? [`${phase} begins later than the plan has it`] : [];
    const isHere = phase === run.position?.phase && (step === null || step === run.position.step);
    if (!isHere || (step !== null && run.step.done)) return [];
    return [`${step === null ? phase : `${phase} / ${step}`} takes longer than the plan has it`];
  });
}

/** Looks that stay away for so long are missing, however slow a machine is. Milliseconds. */
const LONG_SILENCE_MS = 15_000;

function controllerOf(
  { run }: State,
  silentMs: number,
  lease: LeaseRecord | undefined,
): StatusDocument['controller'] {
  if (lease === undefined || lease.released) return 'none';
  const every = (run?.plan.measure.everyMs ?? 0) / (run?.timeScale ?? 1);
  return silentMs > Math.max(LONG_SILENCE_MS, every * 3) ? 'silent' : 'present';
}

/** A rollback that no run stands for: by hand, before the first run or after one that was over. */
function takenBackSince(state: State): State['rollback'] {
  const { run, rollback, latched, history } = state;
  const isLater = run?.status === 'rolled-back' && (rollback?.seq ?? 0) > (history.at(-1)?.seq ?? 0);
  const isOfRun = run !== null && run.status !== 'completed' && !isLater;
  return latched && !isOfRun ? rollback : null;
}

function standing(state: State): StatusDocument['state'] {
  const rollback = takenBackSince(state);
  if (rollback !== null) return rollback.done === null ? 'rolling-back' : 'rolled-back';
  return state.run?.status ?? 'not started';
}

function sentenceOf(state: State, environment: string): string {
  const { run, rollback } = state;
  const took =
    rollback === null || rollback.done === null
      ? ''
      : ` in ${formatDuration(rollback.done.tookMs)} to the last acknowledgement`;
  const byHand = takenBackSince(state);
  if (byHand !== null) return `Taken back by ${byHand.actor}${took}: ${byHand.reason}`;
  if (run === null)
    return isExposed(state.routing)
      ? `Exposed in ${environment} by hand, without a run.`
      : `Nothing was started in ${environment}.`;
  const where =
    run.position === null ? 'before its first step' : `at ${run.position.phase} / ${run.position.step}`;
  switch (run.status) {
    case 'running':
      return `Running ${where}.${leftText(state)}`;
    case 'paused':
      return `Paused ${where} (${run.paused?.cause}): ${run.paused?.reason}${leftText(state, '. ')}`;
    case 'rolling-back':
      return `Rolling back: ${rollback?.reason ?? ''}`;
    case 'rolled-back':
      return `Rolled back${took}: ${rollback?.reason ?? ''}`;
    case 'completed':
      return isExposed(state.routing)
        ? `Completed; the candidate serves ${environment}.`
        : `Completed, and taken back since; control serves ${environment}.`;
  }
}

/** Who resumes the run would take it for granted that these come back with it. */
function leftText(state: State, before = ' '): string {
  const names = leftOnControl(state);
  if (names.length === 0) return '';
  const [stay, are] = names.length === 1 ? ['stays', 'it was'] : ['stay', 'they were'];
  return `${before}${names.join(', ')} ${stay} on control: ${are} taken back alone, and no step ahead raises ${names.length === 1 ? 'it' : 'them'}.`;
}

function nextCommandOf(state: State, environment: string): string | null {
  const where = `--environment ${environment}`;
  const run = activeRun(state);
  if (run === null) {
    if (pendingConfirm(state) !== null) return `cutover run ${where}`;
    const list = state.run?.plan.rollback.checklist ?? null;
    if (state.latched && list !== null && openItems(state).length > 0)
      return `cutover check ${list} --all ${where} --reason "…"`;
    if (state.latched || killedFlags(state.routing).length > 0) return `cutover resume ${where} --reason "…"`;
    const isThrough = state.run?.status === 'completed' && isExposed(state.routing);
    return isThrough ? null : `cutover run ${where}`;
  }
  if (waitingNeeds(state).length > 0) return `cutover checklist ${where}`;
  if (run.status !== 'paused') return null;
  const isStep = run.paused?.cause === 'step failed' || run.paused?.cause === 'step outcome unknown';
  return isStep ? `cutover advance --retry ${where} --reason "…"` : `cutover resume ${where} --reason "…"`;
}

function gateOf({ run }: State): StatusDocument['gate'] {
  const look = run?.look ?? null;
  if (run === null || look === null) return null;
  return {
    name: look.gate,
    verdict: look.verdict,
    at: look.at,
    rows: shownRows(run.plan, look.gate, look.rows),
    controlGroup: controlGroupTexts(look.controlGroups),
    assignment: look.assignment?.findings ?? [],
  };
}

/** The rows of a look with their limits, by the plan that it was taken by. */
export function shownRows(
  plan: Plan,
  gate: string,
  rows: NonNullable<NonNullable<State['run']>['look']>['rows'],
): readonly RowStatus[] {
  return rows.flatMap((recorded) => {
    const row = rowsOf(plan, gate).find(({ title }) => title === recorded.title);
    const metric = row === undefined ? undefined : plan.metrics[row.metric];
    if (row === undefined || metric === undefined) return [];
    return [
      {
        title: recorded.title,
        verdict: recorded.verdict,
        colour: recorded.colour,
        value: formatMeasure(row, metric, recorded.compared),
        yellow: formatMeasure(row, metric, row.yellow),
        red: formatMeasure(row, metric, row.red),
        samples: recorded.measure.samples,
        small: recorded.colour === 'green' && (recorded.compared ?? 0) > row.yellow,
        reason: recorded.reason,
        of:
          metric.kind === 'gauge'
            ? ('processes' as const)
            : hasEvidence(metric)
              ? ('calls' as const)
              : ('facts' as const),
      },
    ];
  });
}

import {
  activeRun,
  followingStep,
  isProtected,
  openNeeds,
  rowsOf,
  standingApproval,
  type Approval,
  type Run,
  type State,
} from '../engine/index.ts';
import { formatMeasure, scaleSettings } from '../gate/index.ts';
import { formatDuration } from '../kernel/index.ts';
import {
  approvedWithinMs,
  environmentPhases,
  maxHoldOf,
  stepAt,
  type Phase,
  type Plan,
  type Step,
} from '../plan/index.ts';
import { explainLook, type ExplainedRow } from './explain-look.ts';
import { lookedRows, type LookedRow } from './looked-rows.ts';
import { matrixCells, type MatrixCell } from './matrix-cells.ts';
import type { StatusDocument } from './status.ts';
import { gateText, stepText } from './step-text.ts';
import type { TelemetryCell } from './telemetry-cell.ts';

type Look = NonNullable<Run['look']>;

/** A look as the log has it: the last one, or the last one of a phase that is over. */
export type DecidedBy = Pick<Look, 'gate' | 'at' | 'verdict' | 'action' | 'rows'>;

export type DecisionRow = Omit<LookedRow, 'verdict'> & {
  /** `not looked at`: no look of this phase has this row. */
  readonly verdict: string;
  readonly onRed: 'rollback' | 'pause' | 'investigate';
  readonly minSamples: number;
  /** `null` is all. Empty for what is not of repositories. */
  readonly repositories: readonly string[] | null;
  readonly cells: readonly MatrixCell[];
  readonly explanation: ExplainedRow | null;
};

/** A rule of the plan, in words. `met`: `null` where only the moment can say. */
export type PhaseRule = { readonly text: string; readonly met: boolean | null };

/** What is decided in a phase, by what, and what happens next. */
export type Decision = {
  readonly phase: { readonly id: string; readonly title: string; readonly isCurrent: boolean };
  readonly gate: string;
  /** When the look was taken; `null` before the first. */
  readonly at: number | null;
  readonly verdict: string | null;
  readonly action: 'rollback' | 'pause' | null;
  readonly windowMs: number;
  readonly everyMs: number;
  readonly columns: readonly string[];
  readonly rows: readonly DecisionRow[];
  readonly next: {
    /** What the engine does now, and why. */
    readonly sentence: string;
    readonly waitingFor: string | null;
    /** What comes then; `null` at the end, and for a phase that is not the current one. */
    readonly following: string | null;
    /** What a red row leads to. */
    readonly onRed: string;
    readonly command: string | null;
  };
  readonly hold: {
    readonly step: string;
    readonly gate: string;
    /** Of the plan's clock, milliseconds. */
    readonly observedMs: number;
    readonly neededMs: number;
    readonly waitedMs: number;
    readonly mostMs: number;
  } | null;
  readonly entry: readonly PhaseRule[];
  readonly exit: readonly PhaseRule[];
};

export type DecisionInput = {
  readonly plan: Plan;
  readonly planHash: string;
  readonly environment: string;
  readonly state: State;
  readonly status: StatusDocument;
  readonly phase: Phase;
  readonly look: DecidedBy | null;
  /** Telemetry of the window of the look. */
  readonly seen: TelemetryCell;
  /** Asks the judge about other looks, which takes a moment. */
  readonly explain: boolean;
};

/** Pure. */
export function decisionOf(input: DecisionInput): Decision {
  const { plan, state, phase, look } = input;
  const { run } = state;
  const isHere = run?.position?.phase === phase.id;
  const isCurrent = isHere && activeRun(state) !== null;
  const gate = look?.gate ?? gateOf(phase);
  const { windowMs, everyMs } = scaleSettings(plan.measure, run?.timeScale ?? 1);
  return {
    phase: { id: phase.id, title: phase.title, isCurrent },
    gate,
    at: look?.at ?? null,
    verdict: look?.verdict ?? null,
    action: look?.action ?? null,
    windowMs,
    everyMs,
    columns: Object.keys(plan.repositories),
    rows: decisionRows(input, gate),
    next: isHere ? nextOf(input) : notNow(input),
    hold: isCurrent && run !== null ? holdOf(run) : null,
    entry: entryOf(input),
    exit: exitOf(input),
  };
}

/** The gate that decides in a phase: that of its last step that asks one. */
function gateOf({ steps }: Phase): string {
  const asks = steps.flatMap((step) => ('gate' in step ? [step.gate] : []));
  return asks.at(-1) ?? 'matrix';
}

function decisionRows(
  { plan, state, look, seen, explain }: DecisionInput,
  gate: string,
): readonly DecisionRow[] {
  const looked = look === null ? [] : lookedRows(plan, gate, look.rows);
  const whole = state.run?.look ?? null;
  const isLast = whole !== null && look !== null && whole.at === look.at;
  const explained = explain && isLast && state.run !== null ? explainedOnce(state.run, whole) : [];
  return rowsOf(plan, gate).flatMap((row): readonly DecisionRow[] => {
    const metric = plan.metrics[row.metric];
    if (metric === undefined) return [];
    const shown = looked.find(({ title }) => title === row.title) ?? {
      title: row.title,
      verdict: 'not looked at',
      colour: 'none' as const,
      value: '-',
      yellow: formatMeasure(row, metric, row.yellow),
      red: formatMeasure(row, metric, row.red),
      samples: 0,
      small: false,
      reason: 'no look of this phase has it',
      of: 'facts' as const,
      metric: row.metric,
      against: row.against,
      measured: null,
      reference: null,
      windowMs: plan.measure.windowMs,
    };
    const cells = matrixCells(plan, row, seen, state.baseline?.metrics ?? {});
    return [
      {
        ...shown,
        onRed: row.onRed,
        minSamples: row.minSamples,
        repositories: cells.length === 0 ? [] : 'repositories' in metric ? metric.repositories : null,
        cells,
        explanation: explained.find(({ title }) => title === row.title) ?? null,
      },
    ];
  });
}

/** Asking the judge about thousands of looks takes a while, and as many as want to know it of the same look. */
const EXPLAINED = new WeakMap<Look, readonly ExplainedRow[]>();

function explainedOnce(run: Run, look: Look): readonly ExplainedRow[] {
  const rows = EXPLAINED.get(look) ?? explainLook(run, look);
  EXPLAINED.set(look, rows);
  return rows;
}

function nextOf({ state, status, environment }: DecisionInput): Decision['next'] {
  const { run } = state;
  const { waitingFor, nextCommand, sentence } = status;
  const after = run === null ? null : followingStep(run.plan, environment, run.position, run.skipped);
  const isOn = run?.status === 'running';
  const following =
    !isOn || run === null
      ? null
      : after === null
        ? 'the run is complete'
        : `${after.phase.id} / ${after.step.id}: ${stepText(after.step)}`;
  const waits = waitingFor === null ? 'Goes on at once' : `Waits for ${waitingFor}`;
  return {
    sentence: isOn ? `${waits}${following === null ? '' : `; then ${following}`}.` : sentence,
    waitingFor,
    following,
    onRed: onRedOf(state),
    command: nextCommand,
  };
}

function notNow({ state, phase, status }: DecisionInput): Decision['next'] {
  const stands = status.phases.find(({ id }) => id === phase.id)?.state ?? 'ahead';
  return {
    sentence: stands === 'done' ? 'This phase is over.' : 'This phase has not begun.',
    waitingFor: null,
    following: null,
    onRed: onRedOf(state),
    command: null,
  };
}

/** As the engine acts on red; rows that only ask to be investigated keep a gate from passing and do no more. */
function onRedOf({ run, routing }: State): string {
  if (run === null || run.status === 'rolled-back' || run.status === 'completed')
    return 'No run is on, so nobody looks.';
  const { plan } = run;
  if (!plan.rollback.automatic) return 'A red row pauses the run: the plan asks a person to roll back.';
  if (routing?.failSide === 'candidate')
    return 'A red row pauses the run: past the point of no return nothing is taken back by itself.';
  if (plan.topology === 'two-store')
    return 'A red row pauses the run: taking back loses what was written to the candidate alone, so a person decides.';
  return 'A red row that says rollback takes everything back by itself.';
}

function holdOf(run: Run): Decision['hold'] {
  const step = run.position === null ? undefined : stepAt(run.plan, run.position)?.step;
  if (step?.kind !== 'hold' || run.step.done) return null;
  const planTime = (ms: number): number => Math.round(ms * run.timeScale);
  return {
    step: step.id,
    gate: step.gate,
    observedMs: Math.min(step.forMs, planTime(run.step.heldMs)),
    neededMs: step.forMs,
    waitedMs: planTime(run.step.waitedMs),
    mostMs: maxHoldOf(step),
  };
}

function entryOf({ plan, planHash, environment, state, phase, status }: DecisionInput): readonly PhaseRule[] {
  const hasBegun = status.phases.find(({ id }) => id === phase.id)?.state !== 'ahead';
  const met = (text: string, isMet: boolean | null): PhaseRule => ({ text, met: hasBegun ? true : isMet });
  const open = openNeeds(state, plan, planHash, phase);
  const phases = environmentPhases(plan, environment);
  const before = phases[phases.findIndex(({ id }) => id === phase.id) - 1];
  const isBeforeOver =
    before === undefined || status.phases.find(({ id }) => id === before.id)?.state === 'done';
  return [
    ...(before === undefined ? [] : [met(`phase ${before.id} is over`, isBeforeOver)]),
    ...(phase.day === null ? [] : [met(`day ${phase.day} of the plan${slackText(phase.slackDays)}`, null)]),
    ...(phase.window === null ? [] : [met(`the window "${phase.window}" is open`, null)]),
    ...phase.needs.checklists.map((name) =>
      met(
        `checklist "${name}" is confirmed`,
        !open.some((need) => need.kind === 'checklist' && need.checklist === name),
      ),
    ),
    ...phase.needs.approvals.map((role) =>
      met(
        `${role} approved this plan within ${formatDuration(approvedWithinMs(phase))}`,
        isApproved(standingApproval(state, role, planHash), phase, status.at),
      ),
    ),
    ...(isProtected(plan, environment) && before === undefined
      ? [met('the run was started with the plan’s id, since the environment is protected', null)]
      : []),
  ];
}

function slackText(days: number): string {
  return days === 0 ? '' : `, with ${days === 1 ? 'a day' : `${days} days`} to spare`;
}

function isApproved(approval: Approval | null, phase: Phase, now: number): boolean {
  return approval !== null && now < approval.at + approvedWithinMs(phase);
}

/** A phase is over when every step of it is. */
function exitOf({ phase, status }: DecisionInput): readonly PhaseRule[] {
  const shown = status.phases.find(({ id }) => id === phase.id)?.steps ?? [];
  return phase.steps.map((step) => {
    const stands = shown.find(({ id }) => id === step.id)?.state;
    return { text: `${step.id}: ${exitText(step)}`, met: stands === 'done' || stands === 'skipped' };
  });
}

function exitText(step: Step): string {
  if (step.kind === 'hold')
    return `${formatDuration(step.forMs)} of observed time, and the last look at ${gateText(step.gate)} passes`;
  if (step.kind === 'expose' || step.kind === 'shadow')
    return `${stepText(step)}, acknowledged by every instance`;
  return stepText(step);
}

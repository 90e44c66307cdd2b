import type {
  Reference,
  RowMemory,
  Verdict,
  AssignmentMemory,
  JudgedAssignment,
  SeenAssignment,
} from '../gate/index.ts';
import type { SeenError } from '../measure/index.ts';
import type { DatabaseCheck, Plan, Position } from '../plan/index.ts';
import type { CaptureAnswer, RoutingState } from '../route/index.ts';
import type { Cause } from '../schedule/index.ts';
import type { Approval, AskedApproval, Rejection } from './approval.ts';
import type { ControlGroup } from './control-group.ts';
import type { By, Evidence, PauseCause, RecordedRow, Registration, Settled } from './events.ts';

/**
 * A migration in one environment, folded from its log.
 *
 * A run's status:
 *
 *   running ──▶ completed                      the last step of the last phase of this environment is done
 *   running ⇄ paused                           a person, a failed step, a decision "pause", a repository taken back;
 *                                              a paused run is still watched, and red still takes it back
 *   running | paused ──▶ rolling-back          red, a person, a step with onFailure rollback, a flag set to false
 *   rolling-back ──▶ rolled-back               every instance acknowledged the epoch or lost its lease
 *
 * completed and rolled-back are ends. After a rollback `latched` stays until a person lifts the kill.
 */
export type State = {
  readonly stream: string;
  /** Sequence and hash of the last event folded; 0 and the empty text before the first. */
  readonly seq: number;
  readonly head: string;
  readonly registration: Registration | null;
  readonly routing: RoutingState | null;
  /** Instance ids in slot order: exposure of instances names the first ones. */
  readonly slots: readonly string[];
  readonly baseline: Baseline | null;
  readonly rollback: Rollback | null;
  /** The last wish for a picture of an instance's memory. */
  readonly capture: CaptureProgress | null;
  readonly latched: boolean;
  /** The run that is on, or the last one. */
  readonly run: Run | null;
  readonly history: readonly RunSummary[];
  readonly checks: readonly (By & {
    readonly checklist: string;
    readonly item: string;
    readonly at: number;
  })[];
  /** All that were given, oldest first. */
  readonly approvals: readonly Approval[];
  readonly rejections: readonly Rejection[];
};

export type Baseline = {
  readonly metrics: Readonly<Record<string, Reference>>;
  readonly errors: readonly string[];
  readonly overMs: number;
  readonly at: number;
  readonly actor: string;
};

export type Rollback = By & {
  readonly cause: 'person' | 'gate' | 'step' | 'flag';
  readonly repositories: readonly string[] | null;
  /**
   * What its acknowledgement, and that the trouble is over, are asked of: with what it takes back what earlier ones did and
   * nobody has lifted. `null` is everything.
   */
  readonly covers: readonly string[] | null;
  readonly mode: 'drain' | 'hard';
  readonly budgetMs: number;
  readonly epoch: number;
  readonly seq: number;
  readonly startedAt: number;
  /** The run elsewhere whose evidence the run that is taken back was started with. */
  readonly disproves: string | null;
  readonly overdue: readonly string[] | null;
  /** Databases as they were found when it was over; `null` before they were looked at. */
  readonly checked: readonly DatabaseCheck[] | null;
  readonly causeSeenAt: number | null;
  readonly done: {
    readonly tookMs: number;
    /** From the first look that saw the cause; `null` for a person's decision. */
    readonly sinceCauseMs: number | null;
    readonly withinBudget: boolean;
    readonly instances: readonly Settled[];
  } | null;
  /** Whether the trouble is over; `null` while the rollback is not verified, and where the plan does not say how to know. */
  readonly confirm: ConfirmProgress | null;
};

/** How far control has shown after a rollback that the trouble is over. */
export type ConfirmProgress = {
  /** Green without a break, on the run's clock, milliseconds. */
  readonly heldMs: number;
  /** In which somebody looked. */
  readonly waitedMs: number;
  readonly verdict: Verdict | null;
  readonly rows: readonly RecordedRow[];
  readonly outcome: {
    readonly outcome: 'resolved' | 'not resolved' | 'not known';
    readonly reason: string;
    readonly at: number;
  } | null;
};

export type CaptureProgress = {
  readonly id: string;
  readonly contingency: string;
  readonly instance: string;
  readonly seq: number;
  readonly askedAt: number;
  readonly answer: CaptureAnswer | null;
};

/** A contingency of the plan that the run met. */
export type MetContingency = {
  readonly name: string;
  readonly at: number;
  readonly rows: readonly Pick<RecordedRow, 'title' | 'reason' | 'measure'>[];
  readonly errors: readonly SeenError[];
  readonly tell: readonly string[];
  readonly next: readonly string[];
};

export type RunStatus = 'running' | 'paused' | 'rolling-back' | 'rolled-back' | 'completed';

export type Run = {
  readonly id: string;
  readonly plan: Plan;
  readonly planHash: string;
  readonly timeScale: number;
  readonly evidence: Evidence | null;
  /** Date of day 1 of the plan; `null` in a log from before there were days. */
  readonly dayOne: string | null;
  readonly startedAt: number;
  readonly actor: string;
  readonly status: RunStatus;
  /** When the status began. */
  readonly since: number;
  readonly paused: ({ readonly cause: PauseCause } & By) | null;
  /** `null` before the first step is entered. */
  readonly position: Position | null;
  readonly step: StepProgress;
  /** When its phase began. */
  readonly phaseEnteredAt: number;
  /** When each phase began that the run came to, the last time if it came to it again. */
  readonly phasesEnteredAt: Readonly<Record<string, number>>;
  /** What keeps it from its next step, or kept it until now. */
  readonly delay: Delay | null;
  /** Steps that were left out, those ahead too. */
  /** Repositories that were taken back alone and that no step has exposed since. */
  readonly takenBack: readonly string[];
  /** How often a phase began again. */
  readonly restarts: number;
  readonly skipped: readonly Skipped[];
  /** What people were asked to approve, by phase; the newest request of each. */
  readonly asked: Readonly<Record<string, AskedApproval>>;
  /** What took longer, or began later, than it was to. */
  readonly overran: readonly Overrun[];
  readonly look: Look | null;
  readonly memory: Readonly<Record<string, RowMemory>>;
  readonly assignment: AssignmentMemory;
  /** Control by row title, as last seen with a sample. */
  readonly frozen: Readonly<Record<string, Reference>>;
  readonly knownErrors: readonly string[];
  readonly newErrors: readonly SeenError[];
  /** When a look first saw a row beyond its red limit, of those that are now; wall clock, by title. */
  readonly beyondSince: Readonly<Record<string, number>>;
  readonly contingencies: readonly MetContingency[];
  readonly counters: Readonly<Record<string, number>>;
  readonly telemetryId: number | null;
  /** Databases as they were found before anything was exposed, and behind the last step; `null` before they were looked at. */
  readonly databases: {
    readonly before: readonly DatabaseCheck[] | null;
    readonly after: readonly DatabaseCheck[] | null;
  };
};

export type Delay = {
  readonly since: number;
  readonly causes: readonly Cause[];
  readonly until: number | null;
  /** Keys of causes that a person said not to wait for. */
  readonly overridden: readonly string[];
  /** Nothing keeps it any more; what was judged before it says nothing about now. */
  readonly over: boolean;
};

/** @see CutoverEvent `run.overran` */
export type Overrun = {
  readonly of: 'step' | 'phase' | 'beginning';
  readonly phase: string;
  readonly step: string | null;
};

export type Skipped = Position & By & { readonly at: number };

/** What the step that the run stands at has behind it. Members of other kinds of steps stay at their start. */
export type StepProgress = {
  readonly enteredAt: number;
  /** Completed: the next one is to be entered. */
  readonly done: boolean;
  /** expose: the epoch that instances have to acknowledge. */
  readonly epoch: number | null;
  /** hold: observed time, on the run's clock, milliseconds. */
  readonly heldMs: number;
  /** hold: time in which somebody looked, observed or not, since it began or a person resumed it. */
  readonly waitedMs: number;
  readonly effect: EffectProgress | null;
  /** decision: the outcome that was chosen and not yet carried out. */
  readonly outcome: 'advance' | 'hold' | 'pause' | 'rollback' | null;
};

export type EffectProgress = {
  readonly key: string;
  readonly attempt: number;
  readonly status: 'started' | 'ok' | 'failed' | 'retry';
  readonly output: string;
};

export type Look = {
  readonly gate: string;
  readonly at: number;
  readonly seq: number;
  readonly verdict: Verdict;
  readonly action: 'rollback' | 'pause' | null;
  readonly investigate: readonly string[];
  readonly rows: readonly RecordedRow[];
  readonly controlGroups: Readonly<Record<string, ControlGroup>>;
  /** How calls were divided; `null` in a log from before. */
  readonly assignment: (Pick<JudgedAssignment, 'findings'> & { readonly seen: SeenAssignment }) | null;
};

export type RunSummary = {
  readonly id: string;
  readonly planHash: string;
  readonly timeScale: number;
  readonly outcome: 'completed' | 'rolled-back';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly dayOne: string | null;
  readonly skipped: readonly Skipped[];
  readonly seq: number;
  readonly hash: string;
};

/** Before the first event. */
export function emptyState(stream: string): State {
  return {
    stream,
    seq: 0,
    head: '',
    registration: null,
    routing: null,
    slots: [],
    baseline: null,
    rollback: null,
    capture: null,
    latched: false,
    run: null,
    history: [],
    checks: [],
    approvals: [],
    rejections: [],
  };
}

/** A run that is neither completed nor rolled back. */
export function activeRun(state: State): Run | null {
  const { run } = state;
  return run === null || run.status === 'completed' || run.status === 'rolled-back' ? null : run;
}

/** The name of a stream: one migration in one environment. */
export function streamOf(migration: string, environment: string): string {
  return `${migration}/${environment}`;
}

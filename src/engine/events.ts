import type { Json } from '../kernel/index.ts';
import type {
  Colour,
  JudgedAssignment,
  Reference,
  RowMeasure,
  RowMemory,
  SeenAssignment,
  Verdict,
} from '../gate/index.ts';
import type { SeenError } from '../measure/index.ts';
import type { DatabaseCheck, DecisionOutcome, FlagNames, Plan } from '../plan/index.ts';
import type { CaptureAnswer, ExposureUnit } from '../route/index.ts';
import type { Cause } from '../schedule/index.ts';
import type { EventDraft, StoredEvent } from '../store/index.ts';
import type { ApprovalEvidence, AskedRole } from './approval.ts';
import type { ControlGroup } from './control-group.ts';

/** Who asked, as claimed, and why. */
export type By = { readonly actor: string; readonly reason: string };

/** What the stream knows about the migration before any run: enough for flags to be set and instances to route. */
export type Registration = {
  readonly migration: string;
  readonly environment: string;
  readonly salt: string;
  readonly names: FlagNames;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly leaseMs: number;
};

export type RecordedRow = {
  readonly title: string;
  readonly measure: RowMeasure;
  readonly verdict: Verdict;
  readonly colour: Colour;
  readonly compared: number | null;
  readonly reason: string;
  readonly memory: RowMemory;
};

export type Settled = { readonly instance: string; readonly how: 'acknowledged' | 'lease expired' };

/** The run in the environment before, whose completion allows this one to start. */
export type Evidence = {
  readonly environment: string;
  readonly run: string;
  readonly seq: number;
  readonly hash: string;
  /** Steps that a person left out in it: `phase/step`. */
  readonly skipped?: readonly string[];
  /** Date of day 1, which the next environment counts from, too. */
  readonly dayOne?: string;
};

/**
 * Everything that can happen to a migration in an environment. State is the fold of these and of nothing else.
 * A reader ignores kinds and members that it does not know: they are from a version one step newer.
 */
export type CutoverEvent =
  | { readonly kind: 'migration.registered'; readonly registration: Registration }
  | ({
      readonly kind: 'flag.set';
      readonly repository: string | null;
      readonly exposure: number;
      readonly of: ExposureUnit;
    } & By)
  | {
      readonly kind: 'baseline.recorded';
      readonly metrics: Readonly<Record<string, Reference>>;
      readonly errors: readonly string[];
      readonly overMs: number;
      readonly actor: string;
    }
  | ({
      readonly kind: 'run.started';
      readonly run: string;
      readonly plan: Plan;
      readonly planHash: string;
      /** 1 is the plan's own clock; above it the run is a rehearsal and proves nothing to one that is not. */
      readonly timeScale: number;
      readonly evidence: Evidence | null;
      /** Date of day 1 of the plan. A log from before has none; then it is the day of this event. */
      readonly dayOne?: string;
    } & By)
  | ({
      readonly kind: 'plan.accepted';
      readonly plan: Plan;
      readonly planHash: string;
      readonly diff: readonly Json[];
    } & By)
  | { readonly kind: 'step.entered'; readonly phase: string; readonly step: string }
  | {
      readonly kind: 'exposure.set';
      /** What the candidate serves: without what is held back. */
      readonly exposure: number;
      readonly of: ExposureUnit;
      readonly repositories: readonly string[] | null;
      readonly byEnvironment: boolean;
      readonly slots: readonly string[];
      readonly pointOfNoReturn: boolean;
      /** Kept on control as a control group, 1..5000; absent where nothing is. */
      readonly holdback?: number;
    }
  | {
      readonly kind: 'shadow.set';
      /** Of reads, 0..10000. */
      readonly sample: number;
      readonly repositories: readonly string[] | null;
    }
  | { readonly kind: 'slots.assigned'; readonly slots: readonly string[] }
  | { readonly kind: 'exposure.acknowledged'; readonly epoch: number; readonly instances: readonly Settled[] }
  | {
      readonly kind: 'gate.looked';
      readonly gate: string;
      /** Nothing was exposed yet; absent when something was. */
      readonly beforeExposure?: true;
      readonly verdict: Verdict;
      readonly action: 'rollback' | 'pause' | null;
      readonly investigate: readonly string[];
      readonly rows: readonly RecordedRow[];
      /** Observed time that this look adds to a hold, on the run's clock, milliseconds. */
      readonly observedMs: number;
      /** Time since the look before, observed or not, on the run's clock. */
      readonly waitedMs: number;
      readonly knownErrors: readonly string[];
      readonly newErrors: readonly SeenError[];
      readonly counters: Readonly<Record<string, number>>;
      /** Telemetry up to this id is in the counters. */
      readonly telemetryId: number;
      /** Whether calls were divided as the exposure says; absent in a log from before. */
      readonly assignment?: JudgedAssignment & { readonly seen: SeenAssignment };
      /** By repository; absent while control serves the rest of each of them. */
      readonly controlGroups?: Readonly<Record<string, ControlGroup>>;
    }
  /** An item of a checklist was confirmed. */
  | ({
      readonly kind: 'item.checked';
      readonly checklist: string;
      readonly item: string;
    } & By)
  /** A person of a role approved the plan with this hash. Who they are is what they say. */
  | ({ readonly kind: 'plan.approved'; readonly role: string; readonly planHash: string } & By)
  /** A run stands before a phase that these roles have not approved, or not lately: from now on they are asked, on what is here. */
  | {
      readonly kind: 'approval.asked';
      readonly phase: string;
      readonly planHash: string;
      readonly roles: readonly AskedRole[];
      readonly evidence: ApprovalEvidence;
    }
  /** A person of a role said no to the plan with this hash. */
  | ({ readonly kind: 'plan.rejected'; readonly role: string; readonly planHash: string } & By)
  /** Counted by a person: complaints come by mail and telephone, too. */
  | ({ readonly kind: 'counter.added'; readonly counter: string; readonly count: number } & By)
  | {
      readonly kind: 'decision.made';
      readonly choice: string;
      readonly outcome: DecisionOutcome;
      readonly by: 'gate' | 'person';
      readonly actor: string;
      readonly reason: string;
    }
  /** Databases were looked at by themselves. `rollback`: after everything was taken back. */
  | {
      readonly kind: 'databases.checked';
      readonly moment: 'before' | 'after' | 'rollback';
      readonly checks: readonly DatabaseCheck[];
      readonly tookMs: number;
    }
  | { readonly kind: 'effect.started'; readonly key: string; readonly attempt: number }
  | {
      readonly kind: 'effect.finished';
      readonly key: string;
      readonly attempt: number;
      readonly ok: boolean;
      readonly output: string;
      readonly tookMs: number;
    }
  | ({ readonly kind: 'effect.retried' } & By)
  | { readonly kind: 'step.completed'; readonly phase: string; readonly step: string; readonly by: By | null }
  /** A person left a step out, the one at which the run stands or one ahead. */
  | ({ readonly kind: 'step.skipped'; readonly phase: string; readonly step: string } & By)
  /** The plan's days, windows or freezes keep the run from this step. Once for the same causes. */
  | {
      readonly kind: 'run.delayed';
      readonly phase: string;
      readonly step: string;
      readonly causes: readonly Cause[];
      readonly until: number | null;
      /** The wall clock by which that was so. */
      readonly now: number;
    }
  | { readonly kind: 'delay.ended'; readonly phase: string; readonly step: string }
  /** A person said not to wait for these causes. */
  | ({
      readonly kind: 'delay.overridden';
      readonly phase: string;
      readonly step: string;
      readonly causes: readonly Cause[];
    } & By)
  /** Something takes longer, or begins later, than the plan has it. Once; the run goes on. */
  | {
      readonly kind: 'run.overran';
      readonly of: 'step' | 'phase' | 'beginning';
      readonly phase: string;
      readonly step: string | null;
      /** What it was to take, the plan's time. `null` for a beginning. */
      readonly expectedMs: number | null;
      /** When it was to begin at the latest; `null` for what has begun. */
      readonly latest: number | null;
    }
  | ({ readonly kind: 'run.paused'; readonly cause: PauseCause } & By)
  | ({ readonly kind: 'run.resumed' } & By)
  /** Repositories of the phase were taken back and may come again: it goes on from this exposure, their first one. */
  | {
      readonly kind: 'phase.restarted';
      readonly phase: string;
      readonly step: string;
      readonly repositories: readonly string[];
    }
  /** Rows turned red for which the plan says what to keep, whom to tell and what to do next. */
  | {
      readonly kind: 'contingency.began';
      readonly name: string;
      readonly rows: readonly Pick<RecordedRow, 'title' | 'reason' | 'measure'>[];
      /** Errors that only the candidate showed, where the rows are about them. */
      readonly errors: readonly SeenError[];
      /** The instance that is asked for a heap snapshot. */
      readonly snapshotOf: string | null;
      readonly tell: readonly string[];
      readonly next: readonly string[];
    }
  | {
      readonly kind: 'contingency.kept';
      readonly contingency: string;
      readonly instance: string;
      readonly answer: CaptureAnswer;
    }
  | ({
      readonly kind: 'rollback.started';
      readonly cause: 'person' | 'gate' | 'step' | 'flag';
      /** `null` is the whole migration. */
      readonly repositories: readonly string[] | null;
      readonly mode: 'drain' | 'hard';
      readonly budgetMs: number;
      /** When a look first saw one of the rows behind it beyond its limit; wall clock. Not there for a person's decision. */
      readonly causeSeenAt?: number;
    } & By)
  | {
      readonly kind: 'rollback.overdue';
      readonly budgetMs: number;
      readonly missing: readonly string[];
    }
  | {
      readonly kind: 'rollback.acknowledged';
      readonly epoch: number;
      readonly tookMs: number;
      readonly withinBudget: boolean;
      readonly instances: readonly Settled[];
      /** From `causeSeenAt` to the last acknowledgement. */
      readonly sinceCauseMs?: number;
    }
  /** A look at control after a rollback. */
  | {
      readonly kind: 'confirm.looked';
      readonly verdict: Verdict;
      readonly rows: readonly RecordedRow[];
      readonly observedMs: number;
      readonly waitedMs: number;
    }
  /** Whether going back has ended the trouble. `not known`: too little was measured to say. */
  | {
      readonly kind: 'rollback.confirmed';
      readonly outcome: 'resolved' | 'not resolved' | 'not known';
      readonly reason: string;
    }
  | ({ readonly kind: 'kill.lifted'; readonly repositories: readonly string[] | null } & By)
  | { readonly kind: 'run.completed' };

export type PauseCause =
  | 'person'
  | 'red'
  | 'decision'
  | 'step failed'
  | 'step outcome unknown'
  | 'held too long'
  | 'database not sound'
  | 'repository rolled back'
  | 'approval rejected';

const EVENT_VERSION = 1;

/** The stored form of an event. */
export function toDraft({ kind, ...body }: CutoverEvent): EventDraft {
  // Events are JSON by construction; the round trip drops members that are `undefined`.
  return { kind, v: EVENT_VERSION, body: JSON.parse(JSON.stringify(body)) as Json };
}

/** The event of a stored one. The chain proves that it is what some version of this code wrote. */
export function fromStored(stored: StoredEvent): CutoverEvent {
  return { kind: stored.kind, ...(stored.body as object) } as CutoverEvent;
}

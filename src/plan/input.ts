import type { Duration, Quantity, Weekday } from '../kernel/index.ts';

/**
 * A rollout plan as a person writes it in `cutover.config.ts`. Data only: no functions, no dates, no classes.
 * `parsePlan` turns it into a `Plan`; an error names the path and the nearest known key.
 */
export type PlanInput = {
  /** Lower-case words joined by `-`; names the migration in the store. Never changes during a migration. */
  readonly id: string;
  readonly title: string;
  readonly version?: string;
  /** Both implementations on one database (an ORM swap), or data moves to another one. */
  readonly topology: 'same-store' | 'two-store';
  /** What sticky keys are hashed with. Fixed for the life of a migration. @default the id */
  readonly salt?: string;
  /** Where log and state live. @default { sqlite: '.cutover/state.db' } */
  readonly store?: { readonly sqlite: string };
  /** The global flag. @default a flag called after the id */
  readonly flag?: FlagNameInput;
  /** The units that are switched on their own, by name. */
  readonly repositories: Readonly<Record<string, RepositoryInput>>;
  /** Sticky keys that are always on the candidate while nothing is killed. */
  readonly allow?: readonly string[];
  /** Sticky keys that are never on the candidate. Wins over `allow`. */
  readonly deny?: readonly string[];
  /** In rollout order: a run in one needs the evidence of the one before. */
  readonly environments: Readonly<Record<string, EnvironmentInput>>;
  readonly instances?: {
    /** An instance that did not report for this long is counted as gone. It took its fail side at 2/3 of it. @default '15s' */
    readonly lease?: Duration;
  };
  /** SQLite files by name: read by `sql` steps, and looked at by themselves before and after a run. @default none */
  readonly databases?: Readonly<Record<string, DatabaseInput>>;
  readonly measure?: MeasureInput;
  readonly metrics: Readonly<Record<string, MetricInput>>;
  /** The decision matrix: judged at every look of a hold. */
  readonly matrix: readonly RowInput[];
  /** Other named lists of rows, for `gate` steps, holds and decisions. The name `matrix` is taken. */
  readonly gates?: Readonly<Record<string, readonly RowInput[]>>;
  /** Titles of rows. Of two red rows on one metric, the one that comes first here decides; the other only speaks. */
  readonly precedence?: readonly string[];
  /** Things that a person confirms, by the name of the list. A phase that needs one does not begin before all are. */
  readonly checklists?: Readonly<Record<string, readonly string[]>>;
  /** How the days of phases are counted. Without a `day` in any phase it only says where freezes begin and end. */
  readonly schedule?: ScheduleInput;
  /** Weekly hours by name, which phases and exposures can require. A rehearsal on a compressed clock ignores them. */
  readonly windows?: Readonly<Record<string, WindowInput>>;
  /**
   * Dates in which no phase begins and no exposure is raised. A hold goes on through them, and a rollback waits for nothing.
   * A rehearsal on a compressed clock ignores them.
   */
  readonly freezes?: readonly FreezeInput[];
  readonly phases: readonly PhaseInput[];
  readonly people?: PeopleInput;
  readonly rollback: {
    /** From the decision to the last live instance's acknowledgement. */
    readonly budget: Duration;
    /** Whether a red row takes back by itself; otherwise the run pauses and asks. @default true */
    readonly automatic?: boolean;
  };
};

export type ScheduleInput = {
  /** IANA name, such as `Europe/Rome`. Days begin at its midnight. @default 'UTC' */
  readonly timeZone?: string;
  /** Whether `day` counts every day, or working days only. On other days such a phase does not begin. @default 'calendar' */
  readonly count?: 'calendar' | 'working';
  /** @default ['mon', 'tue', 'wed', 'thu', 'fri'] */
  readonly workingDays?: readonly Weekday[];
  /** Dates that are no working days: `2026-12-25`. */
  readonly holidays?: readonly string[];
  /** For phases that say none themselves. @default 0 */
  readonly slack?: number | string;
};

export type WindowInput = {
  /** The days on which it opens. @default every day */
  readonly days?: readonly Weekday[];
  /** Time of the day, `02:00`. One that clocks leave out is when they go forward; of one that comes twice, the first. */
  readonly from: string;
  /** Time of the day, up to `24:00`. One that is not after `from` is on the next day. */
  readonly to: string;
  /** @default the schedule's */
  readonly timeZone?: string;
};

export type FreezeInput = {
  /** First date, `2026-12-19`, in the time zone of the schedule. */
  readonly from: string;
  /** Last date; it is in the freeze. */
  readonly to: string;
  readonly reason: string;
  /** @default all of them */
  readonly environments?: readonly string[];
};

/** Who has to know, and who can be asked. Shown with the plan; nothing is sent yet. */
export type PeopleInput = {
  readonly contacts?: readonly {
    readonly role: string;
    readonly name: string;
    readonly contact: string;
    readonly availability?: string;
  }[];
  /** Who is asked next when nobody answers. */
  readonly escalation?: readonly { readonly role: string; readonly after: Duration }[];
  /** What is said when, before and after the run in the last environment begins: `-7d`, `0s`, `1h`. */
  readonly messages?: readonly {
    readonly at: string;
    readonly to: readonly string[];
    readonly text: string;
  }[];
  /** Dashboards and documents, by name. */
  readonly links?: Readonly<Record<string, string>>;
  /** When the plan is looked at again. */
  readonly nextReview?: string;
};

/**
 * A SQLite file. Read-only, `PRAGMA integrity_check` and `foreign_key_check` are asked before the first exposure of a run in
 * an environment, after its last step, and after a rollback. Findings before keep the run from exposing anything until a
 * person resumes it; findings after are in the log. `cutover doctor` asks them, too.
 */
export type DatabaseInput = {
  /** Its path, from the configuration's folder. */
  readonly sqlite: string;
  /**
   * `full`: with its indexes. `quick`: without them, several times as fast. `auto`: `full` up to 256 MiB, `quick` above. `off`:
   * not at all. Whoever writes to a file that is not in WAL mode waits meanwhile. A check is given up after 10 minutes.
   * @default 'auto'
   */
  readonly check?: 'auto' | 'full' | 'quick' | 'off';
  /** Whether rows that refer to no row are findings. @default true */
  readonly foreignKeys?: boolean;
};

export type FlagNameInput = {
  readonly name: string;
  /** Other spellings of the same flag. */
  readonly aliases?: readonly string[];
  /** Environment variable that overrides it, read at start-up. */
  readonly env?: string;
};

export type RepositoryInput = {
  /** @default '<id>_<repository>' with `_` for `-` */
  readonly flag?: string;
  readonly aliases?: readonly string[];
  readonly env?: string;
};

export type EnvironmentInput = {
  /** Commands that change something need `--confirm <plan id>`. @default false */
  readonly protected?: boolean;
};

export type MeasureInput = {
  /** How much of the past a look sees. @default '1m' */
  readonly window?: Duration;
  /** Time between looks. @default '10s' */
  readonly every?: Duration;
  /** Calls a side needs in the window before a row about calls has an opinion. @default 100 */
  readonly minSamples?: number;
  /** Telemetry older than this is stale. @default '10s' */
  readonly maxAge?: Duration;
  /** Thrown away after every change of exposure: cold caches are not the candidate's fault. @default '0s' */
  readonly warmup?: Duration;
  /** Looks in a row that must be beyond the limit before a row is red. @default 3 */
  readonly looks?: number;
};

export type MetricInput = MeasuredInput & {
  /** What is normal today, in the metric's own unit. Lets the plan be checked before anything was measured. */
  readonly expected?: Quantity;
};

type MeasuredInput =
  /** Share of calls that failed, 0..1. */
  | { readonly kind: 'errorRate'; readonly repositories?: readonly string[] }
  /** A percentile of call duration, milliseconds. `quantile` is 1..99.9, for example 95. */
  | { readonly kind: 'latency'; readonly quantile: number; readonly repositories?: readonly string[] }
  /** A process gauge: mean over instances. `rss` and `heap` bytes, `cpu` share of a core, `eventLoopDelay` ms. */
  | { readonly kind: 'gauge'; readonly gauge: 'rss' | 'heap' | 'cpu' | 'eventLoopDelay' | 'connections' }
  /** A sum over the run of what the application counts with `cutover.count(name)`. */
  | { readonly kind: 'counter'; readonly counter: string }
  /** Distinct errors of the candidate that neither control nor the baseline ever showed. */
  | { readonly kind: 'newErrors' };

/** One row of a matrix: green below `yellow`, red above `red`, yellow between them. */
export type RowInput = {
  readonly title: string;
  readonly metric: string;
  /**
   * What the limits are compared with. `value`: the measure itself. `baseline`, `control`: its relative change
   * against the recorded baseline or against control in the same window (0.1 is +10 %). `hour`: its growth an hour.
   * @default 'value'
   */
  readonly against?: 'value' | 'baseline' | 'control' | 'hour';
  /** @default the red limit: then there is no yellow */
  readonly yellow?: Quantity;
  readonly red: Quantity;
  /** A change smaller than this, in the metric's own unit, is never yellow or red. For ratios of small numbers. */
  readonly minChange?: Quantity;
  /** What red does. `investigate` only raises an alert and keeps the gate from passing. @default 'rollback' */
  readonly onRed?: 'rollback' | 'pause' | 'investigate';
  readonly minSamples?: number;
  readonly looks?: number;
};

export type PhaseInput = {
  readonly id: string;
  readonly title?: string;
  readonly environment: string;
  readonly risk?: 'minimal' | 'low' | 'medium' | 'high';
  /** What users notice of it, in words: shown with the plan and in its calendar. */
  readonly impact?: string;
  /**
   * It does not begin before this day: `8`, or `'week 2, day 4'`. Day 1 is the day on which the first run of the plan
   * began, or what `run --start-on` says. @default as soon as the phase before it is over
   */
  readonly day?: number | string;
  /** How many days later it may begin before that is late: `2`, or a share of `day`, `'20%'`. @default the schedule's */
  readonly slack?: number | string;
  /** It begins only while this window is open. */
  readonly window?: string;
  /** Whoever takes longer is noticed, in the log and in the status. */
  readonly expected?: Duration;
  /** From this phase on the candidate is the fail side, and kill and flag rollback are refused. @default false */
  readonly pointOfNoReturn?: boolean;
  /** What has to be confirmed and approved before its first step. An approval is by a role, for one hash of the plan. */
  readonly needs?: { readonly checklists?: readonly string[]; readonly approvals?: readonly string[] };
  readonly steps: readonly StepInput[];
};

export type StepInput = {
  readonly id?: string;
  readonly title?: string;
  /** Whoever takes longer is noticed, in the log and in the status. By the wall clock, since that is what people wait by. */
  readonly expected?: Duration;
} & (ExposeInput | HoldInput | GateInput | DecisionInput | CommandInput | HttpInput | SqlInput);

export type ExposeInput = {
  readonly kind: 'expose';
  /** Percent, 0..100, at most two decimals. */
  readonly exposure: number;
  readonly of: 'traffic' | 'users' | 'instances';
  /** @default all of them, through the global flag */
  readonly repositories?: readonly string[];
  /** `environment`: instances are turned on by their environment variable, and an override `true` is obeyed. @default 'flag' */
  readonly by?: 'flag' | 'environment';
  /** It is raised only while this window is open. */
  readonly window?: string;
};

export type HoldInput = {
  readonly kind: 'hold';
  readonly for: Duration;
  /** @default 'matrix' */
  readonly gate?: string;
  /** When it could not end for this long, observed or not, the run pauses and asks a person. @default `for` and 3 days */
  readonly maxHold?: Duration;
};

export type GateInput = { readonly kind: 'gate'; readonly gate: string };

export type DecisionInput = {
  readonly kind: 'decision';
  readonly question: string;
  /** The choices and what each does. `hold` repeats the hold before it. */
  readonly options: Readonly<Record<string, 'advance' | 'hold' | 'pause' | 'rollback'>>;
  /** The option that is taken by itself once the gate passes. Without it a person decides. */
  readonly auto?: string;
  /** @default 'matrix' */
  readonly gate?: string;
};

/** What the three kinds of steps with an effect outside have in common. */
type EffectInput = {
  /** @default '10m' */
  readonly timeout?: Duration;
  /** Safe to run again after a crash that hid its result; otherwise a person is asked. @default false */
  readonly idempotent?: boolean;
  /** @default 'pause' */
  readonly onFailure?: 'pause' | 'rollback';
};

export type CommandInput = EffectInput & {
  readonly kind: 'command';
  /** Program and arguments. There is no shell. */
  readonly run: readonly string[];
};

export type HttpInput = EffectInput & {
  readonly kind: 'http';
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** @default 200 */
  readonly expectStatus?: number;
};

/** A question to a database, read-only. The step fails unless the first column of the first row is `expect`. */
export type SqlInput = EffectInput & {
  readonly kind: 'sql';
  readonly database: string;
  readonly query: string;
  readonly expect: string | number | null;
};

/**
 * Types a plan; what `cutover.config.ts` exports.
 *
 * @example
 * export default defineCutover({
 *   id: 'raw-sql-to-drizzle',
 *   title: 'Raw SQL to Drizzle',
 *   topology: 'same-store',
 *   repositories: { project: {} },
 *   environments: { production: { protected: true } },
 *   metrics: { errors: { kind: 'errorRate' } },
 *   matrix: [{ title: 'Error rate', metric: 'errors', yellow: '0.1%', red: '0.5%' }],
 *   phases: [{ id: 'canary', environment: 'production', steps: [
 *     { kind: 'expose', exposure: 10, of: 'instances' },
 *     { kind: 'hold', for: '48h' },
 *   ] }],
 *   rollback: { budget: '1m' },
 * });
 */
export function defineCutover<const P extends PlanInput>(plan: P): P {
  return plan;
}

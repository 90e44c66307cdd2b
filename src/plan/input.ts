import type { Duration, Quantity, Weekday } from '../kernel/index.ts';

/**
 * A rollout plan as a person writes it in `cutover.config.ts`. Data only: no functions, no dates, no classes.
 * `parsePlan` turns it into a `Plan`; an error names the path and the nearest known key.
 */
export type PlanInput = {
  /** Lower-case words joined by `-`; names the migration in the store. Never changes during a migration. */
  readonly id: string;
  /** One line for people, in every report. */
  readonly title: string;
  /** Of the plan's text, for people; the hash tells plans apart. @default none */
  readonly version?: string;
  /** Both implementations on one database (an ORM swap), or data moves to another one. */
  readonly topology: 'same-store' | 'two-store';
  /** What sticky keys are hashed with. Fixed for the life of a migration. @default the id */
  readonly salt?: string;
  /** Where log and state live: a file, or a PostgreSQL. `--store` and `CUTOVER_STORE` go before it. @default { sqlite: '.cutover/state.db' } */
  readonly store?: {
    /** Path of the state file, from the configuration's folder. @default none */
    readonly sqlite?: string;
    /** Name of the environment variable that has the address of a PostgreSQL; the schema `cutover` in it is used. @default none */
    readonly postgres?: string;
    /** Name of a variable with an address past a pooler, for `LISTEN` alone. Where it is not set, the other one is used. @default none */
    readonly direct?: string;
  };
  /** The global flag. @default a flag called after the id */
  readonly flag?: FlagNameInput;
  /** The units that are switched on their own, by name. */
  readonly repositories: Readonly<Record<string, RepositoryInput>>;
  /** Sticky keys that are always on the candidate while nothing is killed. @default none */
  readonly allow?: readonly string[];
  /** Sticky keys that are never on the candidate. Wins over `allow`. @default none */
  readonly deny?: readonly string[];
  /** In rollout order: a run in one needs the evidence of the one before. */
  readonly environments: Readonly<Record<string, EnvironmentInput>>;
  /** How processes of the application are told to be there. @default a lease of 15 s */
  readonly instances?: {
    /** An instance that did not report for this long is counted as gone. It took its fail side at 2/3 of it. @default '15s' */
    readonly lease?: Duration;
    /**
     * How long what instances reported is kept, with the differences that the shadow found; an hour to 30 days. Each
     * instance writes a row a second, of a kilobyte or so. @default '1h'
     */
    readonly telemetry?: Duration;
    /**
     * How often each instance says that it is there and what it counted; a second to five minutes, at most 2/9 of the lease and
     * half of `measure.maxAge`. A change is applied and acknowledged at once, whatever this is. @default '1s'
     */
    readonly report?: Duration;
  };
  /** Databases by name: read by `sql` steps and metrics, and looked at by themselves before and after a run. @default none */
  readonly databases?: Readonly<Record<string, DatabaseInput>>;
  /** Addresses that are asked again and again while rows judge them, by name. @default none */
  readonly probes?: Readonly<Record<string, ProbeInput>>;
  /** Whom metrics of kind `prometheus` are asked of. @default none */
  readonly prometheus?: PrometheusInput;
  /** How often and how much is looked at. @default a minute, every 10 s */
  readonly measure?: MeasureInput;
  /** What is measured, by a name that rows refer to. */
  readonly metrics: Readonly<Record<string, MetricInput>>;
  /** The decision matrix: judged at every look of a hold. */
  readonly matrix: readonly RowInput[];
  /** Other named lists of rows, for `gate` steps, holds and decisions. The name `matrix` is taken. @default none */
  readonly gates?: Readonly<Record<string, readonly RowInput[]>>;
  /** Titles of rows. Of two red rows on one metric, the one that comes first here decides; the other only speaks. @default none */
  readonly precedence?: readonly string[];
  /** Things that a person confirms, by the name of the list. A phase that needs one does not begin before all are. @default none */
  readonly checklists?: Readonly<Record<string, readonly string[]>>;
  /** How the days of phases are counted. Without a `day` in any phase it only says where freezes begin and end. @default every day, in UTC */
  readonly schedule?: ScheduleInput;
  /** Weekly hours by name, which phases and exposures can require. A rehearsal on a compressed clock ignores them. @default none */
  readonly windows?: Readonly<Record<string, WindowInput>>;
  /**
   * Dates in which no phase begins and no exposure is raised. A hold goes on through them, and a rollback waits for nothing.
   * A rehearsal on a compressed clock ignores them. @default none
   */
  readonly freezes?: readonly FreezeInput[];
  /** What a run consists of, in order. A run in an environment goes through the phases of that environment. At least one. */
  readonly phases: readonly PhaseInput[];
  /** Who is to be told and asked. @default nobody */
  readonly people?: PeopleInput;
  /** How everything is taken back. */
  readonly rollback: {
    /** The time it may take: from the decision to the last live instance's acknowledgement. Longer is on record as over budget. */
    readonly budget: Duration;
    /** Whether a red row takes back by itself; otherwise the run pauses and asks. @default true */
    readonly automatic?: boolean;
    /** A checklist that every rollback opens again; nothing is resumed before all of it is confirmed. @default none */
    readonly checklist?: string;
    /** What control has to show after a rollback, for the trouble to be over. @default nothing is asked */
    readonly confirm?: ConfirmInput;
  };
  /** What to keep, whom to tell and what to do next when certain rows turn red, by name. @default none */
  readonly contingencies?: Readonly<Record<string, ContingencyInput>>;
};

/**
 * Looked at from the acknowledgement of a rollback on. Rows judge control, of what was taken back; they compare with
 * nothing (`value`), with the baseline, or judge growth (`hour`).
 */
export type ConfirmInput = {
  /** What is judged, as in the matrix. At least one. */
  readonly rows: readonly RowInput[];
  /** Every row has to be green for so long, without a look between that was not. */
  readonly for: Duration;
  /** If they were not by then, the trouble is not over. @default three times `for` */
  readonly within?: Duration;
};

export type ContingencyInput = {
  /** Titles of rows as looks have them: those of another gate than the matrix as `gate: title`. */
  readonly rows: readonly string[];
  /**
   * Asks the instance whose memory is worst for a heap snapshot. It holds whatever is in memory, users' data too, and
   * the process stands still while it is written, seconds for some hundred MB; so the application has to allow it as well:
   * `nodeSource(plan, { heapSnapshots: {} })`. Needs a row on the gauge `rss` or `heap`.
   * @default false
   */
  readonly heapSnapshot?: boolean;
  /** Roles of `people.contacts`: shown with how to reach them. Nothing is sent yet. @default nobody */
  readonly tell?: readonly string[];
  /** What to do next, in order. @default nothing is said */
  readonly next?: readonly string[];
};

export type ScheduleInput = {
  /** IANA name, such as `Europe/Rome`. Days begin at its midnight. @default 'UTC' */
  readonly timeZone?: string;
  /** Whether `day` counts every day, or working days only. On other days such a phase does not begin. @default 'calendar' */
  readonly count?: 'calendar' | 'working';
  /** The days that `count: 'working'` counts. @default ['mon', 'tue', 'wed', 'thu', 'fri'] */
  readonly workingDays?: readonly Weekday[];
  /** Dates that are no working days: `2026-12-25`. @default none */
  readonly holidays?: readonly string[];
  /** Days of slack, for phases that say none themselves. @default 0 */
  readonly slack?: number | string;
};

export type WindowInput = {
  /** The days on which it opens. @default every day */
  readonly days?: readonly Weekday[];
  /** Time of the day, `02:00`. One that clocks leave out is when they go forward; of one that comes twice, the first. */
  readonly from: string;
  /** Time of the day, up to `24:00`. One that is not after `from` is on the next day. */
  readonly to: string;
  /** IANA name. @default the schedule's */
  readonly timeZone?: string;
};

export type FreezeInput = {
  /** First date, `2026-12-19`, in the time zone of the schedule. */
  readonly from: string;
  /** Last date; it is in the freeze. */
  readonly to: string;
  /** Why, for who is held back by it. */
  readonly reason: string;
  /** Where it holds. @default all of them */
  readonly environments?: readonly string[];
};

/** Who has to know, and who can be asked. Shown with the plan; nothing is sent yet. */
export type PeopleInput = {
  /** People by what they do. @default none */
  readonly contacts?: readonly {
    /** What they decide or know: `Lead engineer`. */
    readonly role: string;
    /** Of the person. */
    readonly name: string;
    /** Where they can be reached: a channel, an address, a number. */
    readonly contact: string;
    /** When they can be reached, in words. @default not said */
    readonly availability?: string;
  }[];
  /** Who is asked next when nobody answers. @default nobody */
  readonly escalation?: readonly {
    /** As in `contacts`, or any other. */
    readonly role: string;
    /** Time without an answer after which it is their turn. `0s` is at once. */
    readonly after: Duration;
  }[];
  /** What is said when, before and after the run in the last environment begins. @default nothing */
  readonly messages?: readonly {
    /** Before the start with a minus: `-7d`, `0s`, `1h`. */
    readonly at: string;
    /** Groups or addresses, at least one. */
    readonly to: readonly string[];
    /** What is said. */
    readonly text: string;
  }[];
  /** Dashboards and documents, by name. @default none */
  readonly links?: Readonly<Record<string, string>>;
  /** When the plan is looked at again, in words. @default not said */
  readonly nextReview?: string;
};

/**
 * A SQLite file or a PostgreSQL, one of both. Read-only, it is asked whether it is sound before the first exposure of a run in
 * an environment, after its last step, and after a rollback. Findings before keep the run from exposing anything until a
 * person resumes it; findings after are in the log. `cutover doctor` asks them, too.
 */
export type DatabaseInput = {
  /** Path of a file, from the configuration's folder. @default none */
  readonly sqlite?: string;
  /** Name of the variable of the controller's environment that holds the address of a PostgreSQL. Needs the package `pg`. @default none */
  readonly postgres?: string;
  /**
   * Of a PostgreSQL, `full` counts the rows of every foreign key, anything else those that the server does not vouch for. Of a file, `full`: with its indexes. `quick`: without them, several times as fast. `auto`: `full` up to 256 MiB, `quick` above. `off`:
   * not at all. Whoever writes to a file that is not in WAL mode waits meanwhile. A check is given up after 10 minutes.
   * @default 'auto'
   */
  readonly check?: 'auto' | 'full' | 'quick' | 'off';
  /** Whether rows that refer to no row are findings. @default true */
  readonly foreignKeys?: boolean;
};

export type FlagNameInput = {
  /** Letters, digits, `_`, `-` and `.`, up to 128. Looked up without case. */
  readonly name: string;
  /** Other spellings of the same flag. @default none */
  readonly aliases?: readonly string[];
  /** Environment variable that overrides it, read at start-up. @default none */
  readonly env?: string;
};

export type RepositoryInput = {
  /** The name of its own flag. @default '<id>_<repository>' with `_` for `-` */
  readonly flag?: string;
  /** Other spellings of it. @default none */
  readonly aliases?: readonly string[];
  /** Environment variable that overrides it, before the global one; read at start-up. @default none */
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
  /** Calls a side needs in the window before a row about calls can be green or yellow. @default 100 */
  readonly minSamples?: number;
  /** Telemetry older than this is stale. @default '10s' */
  readonly maxAge?: Duration;
  /** Thrown away after every change of exposure: cold caches are not the candidate's fault. @default '0s' */
  readonly warmup?: Duration;
  /** Looks in a row that must be beyond the limit before a gauge or a counter is red. Calls are judged by evidence. @default 3 */
  readonly looks?: number;
  /**
   * Calls a second that are expected, of all repositories and both sides together, 0.001..1e6. For `plan power` and `plan lint`,
   * which then say what each hold can find. @default not known
   */
  readonly rps?: number;
};

export type MetricInput = MeasuredInput & {
  /** What is normal today, in the metric's own unit. Lets the plan be checked before anything was measured. @default not known */
  readonly expected?: Quantity;
};

type MeasuredInput =
  /** Share of calls that failed, 0..1. */
  | {
      readonly kind: 'errorRate';
      /** Whose calls count. @default those of all */
      readonly repositories?: readonly string[];
    }
  /** A percentile of call duration, milliseconds. */
  | {
      readonly kind: 'latency';
      /** Which one: 1..99.9, for example 95. */
      readonly quantile: number;
      /** Whose calls count. @default those of all */
      readonly repositories?: readonly string[];
    }
  /** A process gauge: mean over instances. */
  | {
      readonly kind: 'gauge';
      /** `rss` and `heap` in bytes, `cpu` as a share of a core, `eventLoopDelay` in milliseconds, `connections` as the application counts them. */
      readonly gauge: 'rss' | 'heap' | 'cpu' | 'eventLoopDelay' | 'connections';
    }
  /** A sum over the run of what the application counts with `cutover.count(name)`. */
  | {
      readonly kind: 'counter';
      /** The name that is counted. */
      readonly counter: string;
    }
  /** Share of HTTP requests that failed (5xx, or broken off), 0..1, as the request middleware counts them. */
  | {
      readonly kind: 'endpointErrors';
      /** Method and pattern, as `status` shows them: `GET /bikes/:id`. @default all that calls a repository in question */
      readonly routes?: readonly string[];
      /** By whose side a request counts. @default those whose exposure the run watches */
      readonly repositories?: readonly string[];
    }
  /** A percentile of the time until an HTTP request's answer was sent, milliseconds. */
  | {
      readonly kind: 'endpointLatency';
      /** Which one: 1..99.9, for example 95. */
      readonly quantile: number;
      /** Method and pattern, as `status` shows them: `GET /bikes/:id`. @default all that calls a repository in question */
      readonly routes?: readonly string[];
      /** By whose side a request counts. @default those whose exposure the run watches */
      readonly repositories?: readonly string[];
    }
  /** Share of page views in which an error happened in the browser, 0..1. Browsers say so: it can be forged, and is weaker evidence. */
  | {
      readonly kind: 'clientErrors';
      /** By whose side a page counts. @default those whose exposure the run watches */
      readonly repositories?: readonly string[];
    }
  /** A percentile of the time until a page was loaded, milliseconds. Browsers say so: it can be forged, and is weaker evidence. */
  | {
      readonly kind: 'pageLoad';
      /** Which one: 1..99.9, for example 75. */
      readonly quantile: number;
      /** By whose side a page counts. @default those whose exposure the run watches */
      readonly repositories?: readonly string[];
    }
  /** Share of reads in the shadow whose answers differed or that failed, of those that could be compared, 0..1. */
  | {
      readonly kind: 'mismatchRate';
      /** Whose reads count. @default those of all */
      readonly repositories?: readonly string[];
    }
  /** Distinct errors of the candidate that neither control nor the baseline ever showed. */
  | { readonly kind: 'newErrors' }
  /** Share of a probe's requests that failed, 0..1. */
  | {
      readonly kind: 'probeFailures';
      /** The name of one of `probes`. */
      readonly probe: string;
    }
  /** A percentile of a probe's times to answer, milliseconds; of those that succeeded. */
  | {
      readonly kind: 'probeTime';
      /** The name of one of `probes`. */
      readonly probe: string;
      /** Which one: 1..99.9, for example 95. */
      readonly quantile: number;
    }
  | SqlMetricInput
  | HttpMetricInput
  | PrometheusMetricInput;

type Asked = {
  /** From one question to the next; a rehearsal divides it, down to a second. @default '10s' */
  readonly every?: Duration;
  /** Whoever takes longer gave no data. @default '5s' */
  readonly timeout?: Duration;
};

/** What a number counts. */
type Unit = {
  /** Of the number. `s` and `ms` are times; limits are written as times then. @default 'count' */
  readonly unit?: 'count' | 'ratio' | 'bytes' | 'ms' | 's';
};

/**
 * What a query of a database says. One row, or one for each side with a column `side` that is `control` or `candidate`. No row, NULL,
 * several rows and what is no number are no data.
 */
export type SqlMetricInput = Asked &
  Unit & {
    readonly kind: 'sql';
    /** The name of one of `databases`. */
    readonly database: string;
    /** One statement that reads. */
    readonly query: string;
    /**
     * `number`: one column besides `side`. `share`: the columns `total` and `bad` or `good`; the share of the bad ones, 0..1. `counts`:
     * the same of counts that only grow, all payments ever, not those of the last minute; what they grew by is judged by evidence.
     * @default 'number'
     */
    readonly gives?: 'number' | 'share' | 'counts';
  };

/** A number that an address answers with. Any other status than 200, a redirect too, is no data. */
export type HttpMetricInput = Asked &
  Unit & {
    readonly kind: 'http';
    /** As for an http step, `${NAME}` in it and in headers comes from the environment of the controller. */
    readonly url: string;
    /** Sent with each request. @default none */
    readonly headers?: Readonly<Record<string, string>>;
    /** Where the number is in the JSON: `open.complaints`, `0.value`. @default the answer is the number */
    readonly path?: string;
  };

/**
 * What a Prometheus says: `query` for a number, or `total` and `bad` or `good` for a share of counters. One series, or one with the label
 * `side` for each side; counters may have any number. Nothing, NaN, several series and warnings are no data.
 */
export type PrometheusMetricInput = Asked &
  Unit & {
    readonly kind: 'prometheus';
    /** Of a number: an instant query. @default none */
    readonly query?: string;
    /** Raw counters of what went wrong, not their rate: their growth from question to question is judged by evidence. @default none */
    readonly bad?: string;
    /** Raw counters of what went well, instead of `bad`. @default none */
    readonly good?: string;
    /** Raw counters of all of it. @default none */
    readonly total?: string;
  };

/** A Prometheus, or what speaks its language: Mimir, Thanos, VictoriaMetrics. */
export type PrometheusInput = {
  /** Address with its path prefix, without `/api/v1/query`. `${NAME}` in it and in headers comes from the environment of the controller. */
  readonly url: string;
  /** Sent with each query: `{ authorization: 'Bearer ${PROMETHEUS_TOKEN}' }`, `{ 'X-Scope-OrgID': 'shop' }`. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** A series that was scraped longer ago is not there. More than the time between two scrapes. @default '2m' */
  readonly maxAge?: Duration;
};

/** Asked by the controller. What an answer means for users is for the row that judges it. */
export type ProbeInput = {
  /** How it is asked. @default 'GET' */
  readonly method?: 'GET' | 'HEAD';
  /** As for an http step, `${NAME}` in it and in headers comes from the environment of the controller. */
  readonly url: string;
  /** Sent with each request. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Any other status is a failure. @default 200 */
  readonly expectStatus?: number;
  /** From one request to the next; a rehearsal divides it, down to a second. @default '10s' */
  readonly every?: Duration;
  /** A request that takes longer has failed. @default '5s' */
  readonly timeout?: Duration;
};

/** One row of a matrix: green below `yellow`, red above `red`, yellow between them. */
export type RowInput = {
  /** Names it in looks and in `precedence`. One of its own in each gate. */
  readonly title: string;
  /** The name of a metric. */
  readonly metric: string;
  /**
   * What the limits are compared with. `value`: the measure itself. `baseline`, `control`: its relative change
   * against the recorded baseline or against control in the same window (0.1 is +10 %). `hour`: its growth an hour.
   * @default 'value'
   */
  readonly against?: 'value' | 'baseline' | 'control' | 'hour';
  /** The limit of green: above it a hold does not end. Not above `red`. @default the red limit: then there is no yellow */
  readonly yellow?: Quantity;
  /** The limit of what is borne, in the metric's unit, or as a share of what it is compared with. */
  readonly red: Quantity;
  /** A change smaller than this, in the metric's own unit, is never yellow or red. For ratios of small numbers. @default 0 */
  readonly minChange?: Quantity;
  /** What red does. `investigate` only raises an alert and keeps the gate from passing. @default 'rollback' */
  readonly onRed?: 'rollback' | 'pause' | 'investigate';
  /** Calls needed in the window before it has an opinion, 1..1e9. @default as in `measure`; 1 for counts, gauges and new errors */
  readonly minSamples?: number;
  /** Looks in a row beyond the limit before it is red, 1..1000. @default as in `measure`; 1 for counts and new errors */
  readonly looks?: number;
};

export type PhaseInput = {
  /** Lower-case words joined by `-`; one of its own in the plan. */
  readonly id: string;
  /** For people. @default the id */
  readonly title?: string;
  /** The name of the environment in which it takes place. */
  readonly environment: string;
  /** For people, who look harder at some phases. @default not said */
  readonly risk?: 'minimal' | 'low' | 'medium' | 'high';
  /** What users notice of it, in words: shown with the plan and in its calendar. @default not said */
  readonly impact?: string;
  /**
   * It does not begin before this day: `8`, or `'week 2, day 4'`. Day 1 is the day on which the first run of the plan
   * began, or what `run --start-on` says. @default as soon as the phase before it is over
   */
  readonly day?: number | string;
  /** How many days later it may begin before that is late: `2`, or a share of `day`, `'20%'`. @default the schedule's */
  readonly slack?: number | string;
  /** It begins only while this window is open. @default none */
  readonly window?: string;
  /** Whoever takes longer is noticed, in the log and in the status. @default no time is expected */
  readonly expected?: Duration;
  /** From this phase on the candidate is the fail side, and kill and flag rollback are refused. @default false */
  readonly pointOfNoReturn?: boolean;
  /** What has to be confirmed and approved before its first step. An approval is by a role, for one hash of the plan. @default nothing */
  readonly needs?: {
    /** Names of checklists of which every item is confirmed. @default none */
    readonly checklists?: readonly string[];
    /** Roles; each is another person. @default none */
    readonly approvals?: readonly string[];
    /**
     * An approval counts for so long, by the wall clock: one that is older when the phase is to begin is asked for again.
     * `1m` to `365d`. @default a day
     */
    readonly approvedWithin?: Duration;
  };
  /** In order, at least one. */
  readonly steps: readonly StepInput[];
};

export type StepInput = {
  /** Whoever takes longer is noticed, in the log and in the status. By the wall clock, since that is what people wait by. @default no time is expected */
  readonly expected?: Duration;
  /** Names it in the log; one of its own in the phase. @default '<kind>-<n>', counted from 1 in the phase */
  readonly id?: string;
  /** For people. @default the id */
  readonly title?: string;
} & (
  | ExposeInput
  | ShadowStepInput
  | HoldInput
  | GateInput
  | DecisionInput
  | CommandInput
  | HttpInput
  | SqlInput
  | SizeInput
);

export type ExposeInput = {
  readonly kind: 'expose';
  /** Percent, 0..100, at most two decimals. */
  readonly exposure: number;
  /** A draw for each call, sticky keys, or whole processes. */
  readonly of: 'traffic' | 'users' | 'instances';
  /** Which ones, by name. @default all of them, through the global flag */
  readonly repositories?: readonly string[];
  /** `environment`: instances are turned on by their environment variable, and an override `true` is obeyed. @default 'flag' */
  readonly by?: 'flag' | 'environment';
  /** It is raised only while this window is open. @default none */
  readonly window?: string;
  /**
   * Of an exposure of 100: so many percent stay on control as a control group, 0.01..50, the same keys in every repository.
   * Rows against control then compare through the last hold. A step behind it, to 100 without a holdback, releases them.
   * Of `users` or `traffic`. @default none
   */
  readonly holdback?: number;
};

/** Runs a share of the reads on the other side as well and compares; done when every instance does so. */
export type ShadowStepInput = {
  readonly kind: 'shadow';
  /** Percent of the reads, 0..100, at most two decimals; 0 ends it. */
  readonly sample: number;
  /** Whose reads. @default all of them */
  readonly repositories?: readonly string[];
};

export type HoldInput = {
  readonly kind: 'hold';
  /** Time in which it is observed and green at its end. Time that nobody observed does not count. */
  readonly for: Duration;
  /** The gate that is looked at besides the matrix. @default 'matrix' */
  readonly gate?: string;
  /** When it could not end for this long, observed or not, the run pauses and asks a person. @default `for` and 3 days */
  readonly maxHold?: Duration;
};

export type GateInput = {
  readonly kind: 'gate';
  /** The gate that has to pass, by name. */
  readonly gate: string;
};

export type DecisionInput = {
  readonly kind: 'decision';
  /** What a person is asked. */
  readonly question: string;
  /** The choices and what each does. `hold` repeats the hold before it. */
  readonly options: Readonly<Record<string, 'advance' | 'hold' | 'pause' | 'rollback'>>;
  /** The option that is taken by itself once the gate passes. @default none: a person decides */
  readonly auto?: string;
  /** The gate that `auto` waits for. @default 'matrix' */
  readonly gate?: string;
};

/** What the four kinds of steps with an effect outside have in common. */
type EffectInput = {
  /** After it the step has failed. Real time, also in a rehearsal. @default '10m' */
  readonly timeout?: Duration;
  /** Safe to run again after a crash that hid its result; otherwise a person is asked. @default false */
  readonly idempotent?: boolean;
  /** What a failure does: ask a person, or take everything back. @default 'pause' */
  readonly onFailure?: 'pause' | 'rollback';
};

export type CommandInput = EffectInput & {
  readonly kind: 'command';
  /** Program and arguments. There is no shell. */
  readonly run: readonly string[];
  /**
   * Numbers in the JSON that the command prints last, by path: `{ 'latency.p95': { max: 200 } }`. One that is missing or
   * out of its bounds fails the step. For load tests and benchmarks. @default nothing but its exit code counts
   */
  readonly expect?: Readonly<Record<string, BoundInput>>;
};

export type HttpInput = EffectInput & {
  readonly kind: 'http';
  /** Of the request. @default 'GET' */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Where to. `${NAME}` in it, in headers and in the body is taken from the environment and kept out of the log. */
  readonly url: string;
  /** By name. `Idempotency-Key` is sent besides. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Not with GET or HEAD. @default none */
  readonly body?: string;
  /** The only status that is a success, 100..599; redirects are not followed. @default 200 */
  readonly expectStatus?: number;
};

export type BoundInput = {
  /** What it has to reach. @default no lower bound */
  readonly min?: Quantity;
  /** What it must not pass. @default no upper bound */
  readonly max?: Quantity;
};

/** Files together, as `dist/*.js` from the configuration's folder. The step fails where nothing matches. */
export type SizeInput = EffectInput & {
  readonly kind: 'size';
  /** Patterns of paths; each has to match a file. */
  readonly files: readonly string[];
  /** Bytes of all of them together. */
  readonly max: Quantity;
  /** Each file compressed, as a server sends it. @default true */
  readonly gzip?: boolean;
};

/** A question to a database, read-only. The step fails unless the first column of the first row is `expect`. */
export type SqlInput = EffectInput & {
  readonly kind: 'sql';
  /** The name of one of `databases`. */
  readonly database: string;
  /** One statement that reads. */
  readonly query: string;
  /** What the first column of the first row has to be; `null` is no row, or NULL. */
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

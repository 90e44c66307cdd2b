import type { Weekday } from '../kernel/index.ts';

/**
 * A plan after parsing: every default filled in, durations in milliseconds, exposures in 1/100 of a percent,
 * limits in base units. Its canonical JSON has one hash, and a run is bound to it.
 */
export type Plan = {
  readonly v: 1;
  readonly id: string;
  readonly title: string;
  readonly version: string | null;
  readonly topology: 'same-store' | 'two-store';
  readonly salt: string;
  readonly flag: FlagName;
  readonly repositories: Readonly<Record<string, FlagName>>;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** In rollout order. */
  readonly environments: readonly Environment[];
  readonly leaseMs: number;
  readonly databases: Readonly<Record<string, Database>>;
  readonly probes: Readonly<Record<string, Probe>>;
  readonly prometheus: PrometheusServer | null;
  readonly measure: MeasureSettings;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Lists of rows by name; `matrix` is always there. */
  readonly gates: Readonly<Record<string, readonly Row[]>>;
  readonly precedence: readonly string[];
  readonly checklists: Readonly<Record<string, readonly string[]>>;
  readonly schedule: Schedule;
  readonly windows: Readonly<Record<string, RolloutWindow>>;
  readonly freezes: readonly Freeze[];
  readonly phases: readonly Phase[];
  readonly people: People;
  readonly rollback: {
    readonly budgetMs: number;
    readonly automatic: boolean;
    readonly checklist: string | null;
    readonly confirm: Confirm | null;
  };
  readonly contingencies: readonly Contingency[];
};

/** What control has to show after a rollback. Rows name no candidate and no control. */
export type Confirm = { readonly rows: readonly Row[]; readonly forMs: number; readonly withinMs: number };

export type Contingency = {
  readonly name: string;
  readonly rows: readonly string[];
  readonly heapSnapshot: boolean;
  readonly tell: readonly string[];
  readonly next: readonly string[];
};

/** How days are counted, and in which time zone they begin. */
export type Schedule = {
  readonly timeZone: string;
  readonly count: 'calendar' | 'working';
  readonly workingDays: readonly Weekday[];
  /** Dates `2026-12-25`. */
  readonly holidays: readonly string[];
};

/** Weekly hours. An end that is not after its beginning is on the next day. */
export type RolloutWindow = {
  readonly days: readonly Weekday[];
  /** Minutes of the day, 0..1440. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly timeZone: string;
};

/** First and last date in which nothing is raised. */
export type Freeze = {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** `null` is all. */
  readonly environments: readonly string[] | null;
};

export type People = {
  readonly contacts: readonly {
    readonly role: string;
    readonly name: string;
    readonly contact: string;
    readonly availability: string | null;
  }[];
  readonly escalation: readonly { readonly role: string; readonly afterMs: number }[];
  /** `atMs` is before the start when it is negative. */
  readonly messages: readonly {
    readonly atMs: number;
    readonly to: readonly string[];
    readonly text: string;
  }[];
  readonly links: Readonly<Record<string, string>>;
  readonly nextReview: string | null;
};

export type DatabaseFile = {
  readonly sqlite: string;
  readonly check: 'auto' | 'full' | 'quick' | 'off';
  readonly foreignKeys: boolean;
};

export type DatabaseServer = {
  /** The variable of the environment that holds its address. */
  readonly postgres: string;
  readonly check: 'auto' | 'full' | 'quick' | 'off';
  readonly foreignKeys: boolean;
};

export type Database = DatabaseFile | DatabaseServer;

export type FlagName = {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly env: string | null;
};

export type Environment = { readonly name: string; readonly protected: boolean };

export type MeasureSettings = {
  readonly windowMs: number;
  readonly everyMs: number;
  readonly minSamples: number;
  readonly maxAgeMs: number;
  readonly warmupMs: number;
  readonly looks: number;
  /** Calls a second of all repositories, as expected; absent where nobody said. */
  readonly rps?: number;
};

export type Metric = Measured & {
  /** What is normal, in the metric's base unit. */
  readonly expected: number | null;
};

/** What is counted: calls of repositories where nothing is said, else requests or page views by the side that served them. */
type Counted = {
  readonly of?: 'requests' | 'pages';
  /** Of requests: those of these routes only. */
  readonly routes?: readonly string[];
};

type Measured =
  | ({ readonly kind: 'errorRate'; readonly repositories: readonly string[] | null } & Counted)
  | ({
      readonly kind: 'latency';
      readonly quantile: number;
      readonly repositories: readonly string[] | null;
    } & Counted)
  | { readonly kind: 'mismatchRate'; readonly repositories: readonly string[] | null }
  | { readonly kind: 'gauge'; readonly gauge: 'rss' | 'heap' | 'cpu' | 'eventLoopDelay' | 'connections' }
  | { readonly kind: 'counter'; readonly counter: string }
  | { readonly kind: 'newErrors' }
  | { readonly kind: 'probeFailures'; readonly probe: string }
  | { readonly kind: 'probeTime'; readonly probe: string; readonly quantile: number }
  | AskedMeasure;

/** What somebody else measures, and is asked for again and again. */
type AskedMeasure = {
  /** Of a number. A share is a `ratio`. */
  readonly unit: 'count' | 'ratio' | 'bytes' | 'ms' | 's';
  readonly everyMs: number;
  readonly timeoutMs: number;
} & (
  | {
      readonly kind: 'sql';
      readonly gives: 'number' | 'share' | 'counts';
      readonly database: string;
      readonly query: string;
    }
  | {
      readonly kind: 'http';
      readonly gives: 'number';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly path: string | null;
    }
  | {
      readonly kind: 'prometheus';
      readonly gives: 'number' | 'counts';
      /** Of a number. */
      readonly query: string | null;
      /** Of counts: one of `bad` and `good`, and the total. */
      readonly bad: string | null;
      readonly good: string | null;
      readonly total: string | null;
    }
);

export type AskedMetric = Extract<Metric, { gives: string }>;

/** What speaks PromQL. */
export type PrometheusServer = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxAgeMs: number;
};

export type Probe = HttpRequest & { readonly everyMs: number };

export type Row = {
  readonly title: string;
  readonly metric: string;
  readonly against: 'value' | 'baseline' | 'control' | 'hour';
  readonly yellow: number;
  readonly red: number;
  readonly minChange: number;
  readonly onRed: 'rollback' | 'pause' | 'investigate';
  readonly minSamples: number;
  readonly looks: number;
};

export type Phase = {
  readonly id: string;
  readonly title: string;
  readonly environment: string;
  readonly risk: 'minimal' | 'low' | 'medium' | 'high' | null;
  readonly impact: string | null;
  /** Counted from day 1, on which the first run of the plan began. `null` is as soon as the one before is over. */
  readonly day: number | null;
  /** So many days later it is late. */
  readonly slackDays: number;
  /** Begins only while this window is open. */
  readonly window: string | null;
  /** Takes no longer, if all goes as it should. */
  readonly expectedMs: number | null;
  readonly pointOfNoReturn: boolean;
  readonly needs: {
    readonly checklists: readonly string[];
    readonly approvals: readonly string[];
    /** Absent is a day: plans that do not say it keep their hash. */
    readonly approvedWithinMs?: number;
  };
  readonly steps: readonly Step[];
};

type StepCommon = {
  readonly id: string;
  readonly title: string;
  /** Takes no longer, if all goes as it should. */
  readonly expectedMs: number | null;
};
type EffectCommon = StepCommon & {
  readonly timeoutMs: number;
  readonly idempotent: boolean;
  readonly onFailure: 'pause' | 'rollback';
};

export type ExposeStep = StepCommon & {
  readonly kind: 'expose';
  /** 0..10000. */
  readonly exposure: number;
  readonly of: 'traffic' | 'users' | 'instances';
  /** `null` is all, through the global flag. */
  readonly repositories: readonly string[] | null;
  readonly by: 'flag' | 'environment';
  /** Raises only while this window is open. */
  readonly window: string | null;
  /** How much of the exposure stays on control as a control group, 1..5000. Absent is none: plans without it keep their hash. */
  readonly holdback?: number;
};
export type ShadowStep = StepCommon & {
  readonly kind: 'shadow';
  /** 0..10000. */
  readonly sample: number;
  /** `null` is all. */
  readonly repositories: readonly string[] | null;
};
export type HoldStep = StepCommon & {
  readonly kind: 'hold';
  readonly forMs: number;
  /** `null` is three days more than `forMs`. */
  readonly maxHoldMs: number | null;
  readonly gate: string;
};
export type GateStep = StepCommon & { readonly kind: 'gate'; readonly gate: string };
export type DecisionOutcome = 'advance' | 'hold' | 'pause' | 'rollback';
export type DecisionStep = StepCommon & {
  readonly kind: 'decision';
  readonly question: string;
  readonly options: Readonly<Record<string, DecisionOutcome>>;
  readonly auto: string | null;
  readonly gate: string;
};
export type CommandStep = EffectCommon & {
  readonly kind: 'command';
  readonly run: readonly string[];
  readonly expect: readonly Bound[];
};
/** Where a number in a JSON has to be. */
export type Bound = { readonly path: string; readonly min: number | null; readonly max: number | null };
/** What is sent, and what has to come back. */
export type HttpRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly expectStatus: number;
  readonly timeoutMs: number;
};
export type HttpStep = EffectCommon & HttpRequest & { readonly kind: 'http' };
export type SizeStep = EffectCommon & {
  readonly kind: 'size';
  readonly files: readonly string[];
  readonly maxBytes: number;
  readonly gzip: boolean;
};
export type SqlStep = EffectCommon & {
  readonly kind: 'sql';
  readonly database: string;
  readonly query: string;
  readonly expect: string | number | null;
};

export type EffectStep = CommandStep | HttpStep | SqlStep | SizeStep;
export type Step = ExposeStep | ShadowStep | HoldStep | GateStep | DecisionStep | EffectStep;

import {
  flagNames,
  type Database,
  type Metric,
  type People,
  type Phase,
  type Plan,
  type Row,
  type Step,
} from '../plan/index.ts';
import { askedOf, givesOf, isAsked } from './asked-of.ts';
import { scheduleOf, slackDays, planDay, windowOf } from './schedule-of.ts';
import type { ParsedMetric, ParsedPhase, ParsedPlan, ParsedRow, ParsedStep } from './schema.ts';

/** A parsed plan with the defaults that depend on other parts of it. */
export function planOf(parsed: ParsedPlan): Plan {
  const { measure } = parsed;
  const names = flagNames(parsed);
  return {
    v: 1,
    id: parsed.id,
    title: parsed.title,
    version: parsed.version ?? null,
    topology: parsed.topology,
    salt: parsed.salt ?? parsed.id,
    flag: names.global,
    repositories: names.repositories,
    allow: parsed.allow,
    deny: parsed.deny,
    environments: Object.entries(parsed.environments).map(([name, input]) => ({
      name,
      protected: input.protected,
    })),
    leaseMs: parsed.instances.lease,
    databases: mapValues(parsed.databases, databaseOf),
    probes: mapValues(parsed.probes, ({ every, timeout, ...probe }) => ({
      ...probe,
      body: null,
      everyMs: every,
      timeoutMs: timeout,
    })),
    prometheus: prometheusOf(parsed),
    measure: {
      windowMs: measure.window,
      everyMs: measure.every,
      minSamples: measure.minSamples,
      maxAgeMs: measure.maxAge,
      warmupMs: measure.warmup,
      looks: measure.looks,
      ...(measure.rps === undefined ? {} : { rps: measure.rps }),
    },
    metrics: mapValues(parsed.metrics, metricOf),
    gates: mapValues({ matrix: parsed.matrix, ...parsed.gates }, (rows) =>
      rows.map((row) => rowOf(row, parsed)),
    ),
    precedence: parsed.precedence,
    checklists: parsed.checklists,
    schedule: scheduleOf(parsed),
    windows: mapValues(parsed.windows, (window) => windowOf(window, parsed)),
    freezes: parsed.freezes.map((one) => ({ ...one, environments: one.environments ?? null })),
    phases: parsed.phases.map((phase) => phaseOf(phase, parsed)),
    people: peopleOf(parsed),
    rollback: rollbackOf(parsed),
    contingencies: Object.entries(parsed.contingencies).map(([name, input]) => ({ name, ...input })),
  };
}

/** The schema has seen to it that there is one of both. */
function databaseOf({ sqlite = '', postgres, ...rest }: ParsedPlan['databases'][string]): Database {
  return postgres === undefined ? { sqlite, ...rest } : { postgres, ...rest };
}

function prometheusOf({ prometheus }: ParsedPlan): Plan['prometheus'] {
  if (prometheus === undefined) return null;
  const { maxAge: maxAgeMs, ...rest } = prometheus;
  return { ...rest, maxAgeMs };
}

function rollbackOf(parsed: ParsedPlan): Plan['rollback'] {
  const { budget, automatic, checklist = null, confirm } = parsed.rollback;
  if (confirm === undefined) return { budgetMs: budget, automatic, checklist, confirm: null };
  const { for: forMs, within = forMs * 3 } = confirm;
  const rows = confirm.rows.map((row) => rowOf(row, parsed));
  return { budgetMs: budget, automatic, checklist, confirm: { rows, forMs, withinMs: within } };
}

/** Ids of a phase's steps: the written one, or `<kind>-<n>` where `n` counts the steps of that kind from 1. */
export function stepIds(steps: readonly ParsedStep[]): readonly string[] {
  const counts = new Map<string, number>();
  return steps.map(({ id, kind }) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return id ?? `${kind}-${count}`;
  });
}

function metricOf(metric: ParsedMetric): Metric {
  if (isAsked(metric)) return askedOf(metric);
  const expected = metric.expected?.value ?? null;
  const counted = { expected, repositories: ('repositories' in metric && metric.repositories) || null };
  switch (metric.kind) {
    case 'endpointErrors':
      return { ...metric, ...counted, kind: 'errorRate', of: 'requests' };
    case 'endpointLatency':
      return { ...metric, ...counted, kind: 'latency', of: 'requests' };
    case 'clientErrors':
      return { ...metric, ...counted, kind: 'errorRate', of: 'pages' };
    case 'pageLoad':
      return { ...metric, ...counted, kind: 'latency', of: 'pages' };
    case 'errorRate':
    case 'latency':
    case 'mismatchRate':
      return { ...metric, ...counted };
    default:
      return { ...metric, expected };
  }
}

/** A probe is asked now and then, not all the time: the samples after which it has an opinion. */
const PROBE_SAMPLES = 3;

/** Rows about calls wait for samples and for several looks; a count and a new error are what they are at once. */
function rowOf(row: ParsedRow, { measure, metrics }: ParsedPlan): Row {
  const metric = metrics[row.metric];
  const kind = metric?.kind;
  const counted = kind === 'counter' || kind === 'newErrors';
  const isNumber = metric !== undefined && isAsked(metric) && givesOf(metric) === 'number';
  const isProbe = kind === 'probeFailures' || kind === 'probeTime';
  const usual = isProbe ? PROBE_SAMPLES : counted || isNumber || kind === 'gauge' ? 1 : measure.minSamples;
  return {
    title: row.title,
    metric: row.metric,
    against: row.against,
    yellow: (row.yellow ?? row.red).value,
    red: row.red.value,
    minChange: row.minChange?.value ?? 0,
    onRed: row.onRed,
    minSamples: row.minSamples ?? usual,
    looks: row.looks ?? (counted ? 1 : measure.looks),
  };
}

function peopleOf({ people }: ParsedPlan): People {
  return {
    contacts: people.contacts.map((one) => ({ ...one, availability: one.availability ?? null })),
    escalation: people.escalation.map(({ role, after }) => ({ role, afterMs: after })),
    messages: people.messages.map(({ at, to, text }) => ({ atMs: at, to, text })),
    links: people.links,
    nextReview: people.nextReview ?? null,
  };
}

function phaseOf(phase: ParsedPhase, plan: ParsedPlan): Phase {
  const ids = stepIds(phase.steps);
  const day = planDay(phase, plan);
  return {
    id: phase.id,
    title: phase.title ?? phase.id,
    environment: phase.environment,
    risk: phase.risk ?? null,
    impact: phase.impact ?? null,
    day,
    slackDays: slackDays(phase, plan, day),
    window: phase.window ?? null,
    expectedMs: phase.expected ?? null,
    pointOfNoReturn: phase.pointOfNoReturn,
    needs: needsOf(phase.needs),
    steps: phase.steps.map((step, index) => stepOf(step, ids[index] ?? step.kind)),
  };
}

function needsOf({ approvedWithin, ...needs }: ParsedPhase['needs']): Phase['needs'] {
  return approvedWithin === undefined ? needs : { ...needs, approvedWithinMs: approvedWithin };
}

function stepOf({ expected, ...step }: ParsedStep, id: string): Step {
  const common = { id, title: step.title ?? id, expectedMs: expected ?? null };
  switch (step.kind) {
    case 'expose':
      return { ...step, ...common, repositories: step.repositories ?? null, window: step.window ?? null };
    case 'shadow':
      return { ...step, ...common, repositories: step.repositories ?? null };
    case 'gate':
      return { ...step, ...common };
    case 'hold': {
      const { for: forMs, maxHold = null, ...rest } = step;
      return { ...rest, ...common, forMs, maxHoldMs: maxHold };
    }
    case 'decision':
      return { ...step, ...common, auto: step.auto ?? null };
    case 'command': {
      const { timeout: timeoutMs, expect, ...rest } = step;
      const bounds = Object.entries(expect).map(([path, { min, max }]) => ({
        path,
        min: min?.value ?? null,
        max: max?.value ?? null,
      }));
      return { ...rest, ...common, timeoutMs, expect: bounds };
    }
    case 'size': {
      const { timeout: timeoutMs, max, ...rest } = step;
      return { ...rest, ...common, timeoutMs, maxBytes: max.value };
    }
    case 'sql': {
      const { timeout: timeoutMs, ...rest } = step;
      return { ...rest, ...common, timeoutMs };
    }
    case 'http': {
      const { timeout: timeoutMs, ...rest } = step;
      return { ...rest, ...common, timeoutMs, body: step.body ?? null };
    }
  }
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

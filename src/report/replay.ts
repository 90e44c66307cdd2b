import {
  emptyState,
  evolve,
  fromStored,
  judgeLook,
  type CutoverEvent,
  type Judged,
  type Run,
} from '../engine/index.ts';
import type { RowMeasure, RowMemory } from '../gate/index.ts';
import { canonicalJson, type Json } from '../kernel/index.ts';
import type { Plan, Row } from '../plan/index.ts';
import type { StoredEvent } from '../store/index.ts';

type Looked = Extract<CutoverEvent, { kind: 'gate.looked' }>;

/** A look whose verdict is another one than the log has. */
export type Difference = {
  readonly seq: number;
  readonly at: number;
  readonly gate: string;
  readonly recorded: Pick<Judged, 'verdict' | 'action'>;
  readonly replayed: Pick<Judged, 'verdict' | 'action'>;
  /** Rows that are judged differently, with what is said of them now. */
  readonly rows: readonly { readonly title: string; readonly was: string; readonly now: string }[];
};

export type Replay = {
  readonly run: string;
  readonly looks: number;
  readonly differences: readonly Difference[];
  /** Rows of the edited plan that the log has no measure of. */
  readonly unknown: readonly string[];
  /** Rows whose limits in time were edited: the log counts calls at the limits that were, so looks in a row decide. */
  readonly byLooks: readonly string[];
};

/**
 * Judges every look of a run again, from the log alone. Without another plan each look has to come out byte for byte as it
 * was recorded. With one, each row goes on from what it would itself have remembered.
 *
 * @param run id of the run; `null` is the last one
 */
export function replayRun(
  stream: string,
  events: readonly StoredEvent[],
  run: string | null,
  edited: Plan | null,
): Replay | null {
  const wanted = run ?? lastRun(events);
  let state = emptyState(stream);
  let memory: Readonly<Record<string, RowMemory>> = {};
  let assignment: Run['assignment'] = {};
  const found = { looks: 0, unknown: new Set<string>(), byLooks: new Set<string>() };
  const differences: Difference[] = [];
  for (const stored of events) {
    const event = fromStored(stored);
    if (event.kind === 'gate.looked' && state.run !== null && state.run.id === wanted) {
      found.looks += 1;
      const remembered = edited === null ? state.run : { memory, assignment };
      const judged = again(state.run, event, edited, remembered, found);
      assignment = judged.assignment?.memory ?? assignment;
      memory = { ...memory, ...Object.fromEntries(judged.rows.map((row) => [row.title, row.memory])) };
      const difference = differenceOf(stored, event, judged, edited === null);
      if (difference !== null) differences.push(difference);
    }
    state = evolve(state, event, stored);
  }
  if (wanted === null || found.looks === 0) return null;
  return {
    run: wanted,
    looks: found.looks,
    differences,
    unknown: [...found.unknown],
    byLooks: [...found.byLooks],
  };
}

function lastRun(events: readonly StoredEvent[]): string | null {
  const last = events.findLast(({ kind }) => kind === 'run.started');
  const event = last === undefined ? undefined : fromStored(last);
  return event?.kind === 'run.started' ? event.run : null;
}

function again(
  run: Run,
  event: Looked,
  edited: Plan | null,
  remembered: Pick<Run, 'memory' | 'assignment'>,
  found: { readonly unknown: Set<string>; readonly byLooks: Set<string> },
): Judged {
  const measures = new Map(event.rows.map(({ title, measure }) => [title, measure]));
  const plan = edited ?? run.plan;
  const judging = {
    plan,
    timeScale: run.timeScale,
    position: run.position,
    memory: remembered.memory,
    assignment: remembered.assignment,
    isAnythingExposed: event.beforeExposure !== true,
  };
  const measureOf = (row: Row): RowMeasure | undefined => {
    const measure = measures.get(row.title);
    if (measure === undefined) found.unknown.add(row.title);
    if (measure === undefined || edited === null || !hasOtherTimes(run.plan, edited, event.gate, row.title))
      return measure;
    found.byLooks.add(row.title);
    const { counts: _, ...rest } = measure;
    return rest;
  };
  return judgeLook(judging, event.gate, measureOf, event.assignment?.seen);
}

/** Whether calls slower than a limit would have to be counted anew. */
function hasOtherTimes(before: Plan, after: Plan, gate: string, title: string): boolean {
  const of = (plan: Plan): Json => {
    const rows = [...(plan.gates['matrix'] ?? []), ...(plan.gates[gate] ?? [])];
    const row = rows.find((one) => one.title === title || `${gate}: ${one.title}` === title);
    const metric = row === undefined ? undefined : plan.metrics[row.metric];
    if (row === undefined || metric?.kind !== 'latency') return null;
    return [row.against, row.yellow, row.red, metric.quantile];
  };
  return canonicalJson(of(before)) !== canonicalJson(of(after));
}

function differenceOf(
  { seq, at }: StoredEvent,
  recorded: Looked,
  judged: Judged,
  isExact: boolean,
): Difference | null {
  const isSame = isExact
    ? bytes(recorded) === bytes(judged)
    : recorded.verdict === judged.verdict && recorded.action === judged.action;
  if (isSame) return null;
  const rows = judged.rows.flatMap(({ title, verdict, colour, reason }) => {
    const was = recorded.rows.find((row) => row.title === title);
    return was?.verdict === verdict && was.reason === reason
      ? []
      : [{ title, was: was === undefined ? '-' : `${was.colour} ${was.reason}`, now: `${colour} ${reason}` }];
  });
  const short = ({ verdict, action }: Judged): Pick<Judged, 'verdict' | 'action'> => ({ verdict, action });
  return { seq, at, gate: recorded.gate, recorded: short(recorded), replayed: short(judged), rows };
}

function bytes({ verdict, action, investigate, rows, assignment }: Judged): string {
  // Through JSON, as the log has it: members that are `undefined` are not there.
  return canonicalJson(
    JSON.parse(JSON.stringify({ verdict, action, investigate, rows, assignment })) as Json,
  );
}

import { CutoverError, formatDuration, suggest } from '../kernel/index.ts';
import { HISTORY_KEPT_MS, type RunChronicle } from '../report/index.ts';

/** What is asked for; wall clock, milliseconds. */
export type SeriesQuery = {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly last?: number | undefined;
  readonly range?: 'phase' | 'run' | undefined;
  readonly phase?: string | undefined;
  readonly step?: number | undefined;
};

export type SeriesRange = {
  readonly from: number;
  readonly to: number;
  readonly most: number;
  readonly stepMs: number;
};

type RunTimes = Pick<RunChronicle, 'phases' | 'endedAt'> & { readonly startedAt: number };

/** As many stretches as a chart has room for, and as one answer may have. */
const DRAWN_STRETCHES = 240;
export const MOST_STRETCHES = 600;
/** Without a range: the newest run, so much of it at most. Milliseconds. */
const RECENT_MS = 3_600_000;
/** A run that has just begun is shown with what was before it. Milliseconds. */
export const LEAST_MS = 60_000;

/** The stretch of time that a query names. Pure. @throws CutoverError `REQUEST_INVALID` */
export function seriesRange(query: SeriesQuery, run: RunTimes | null, now: number): SeriesRange {
  const { from, to } = timesOf(query, run, now);
  if (from >= to)
    throw new CutoverError('REQUEST_INVALID', `query.from: ${from} is not before ${to}`, {
      hint: 'both are milliseconds since 1970, and nothing is after now',
    });
  const begin = Math.max(from, now - HISTORY_KEPT_MS);
  if (begin >= to)
    throw new CutoverError(
      'REQUEST_INVALID',
      `query.to: ${to} is more than ${formatDuration(HISTORY_KEPT_MS)} ago, and nothing is kept for longer`,
      { hint: `ask for what is after ${now - HISTORY_KEPT_MS}` },
    );
  const { step } = query;
  if (step === undefined) return { from: begin, to, most: DRAWN_STRETCHES, stepMs: 0 };
  const least = Math.ceil((to - begin) / (MOST_STRETCHES - 1));
  if (step < least)
    throw new CutoverError(
      'REQUEST_INVALID',
      `query.step: ${step} ms cut ${to - begin} ms into more than ${MOST_STRETCHES} stretches`,
      { hint: `at least ${least}, or a shorter time` },
    );
  return { from: begin, to, most: MOST_STRETCHES, stepMs: step };
}

function timesOf(
  query: SeriesQuery,
  run: RunTimes | null,
  now: number,
): { readonly from: number; readonly to: number } {
  const named = namedTimes(query, run, now);
  if (named !== null) return { from: Math.min(named.from, named.to - LEAST_MS), to: named.to };
  const to = Math.min(query.to ?? now, now);
  const recent = Math.min(Math.max(run?.startedAt ?? 0, now - RECENT_MS), to - LEAST_MS);
  return { from: query.from ?? (query.last === undefined ? recent : to - query.last), to };
}

function namedTimes(
  { from, to, last, range, phase }: SeriesQuery,
  run: RunTimes | null,
  now: number,
): { readonly from: number; readonly to: number } | null {
  if (range === undefined && phase === undefined) return null;
  if ([from, to, last].some((one) => one !== undefined) || (range !== undefined && phase !== undefined))
    throw new CutoverError('REQUEST_INVALID', 'query: a phase or a run has its own times', {
      hint: 'leave out from, to and last; name either range or phase',
    });
  if (run === null)
    throw new CutoverError('REQUEST_INVALID', 'query: there was no run yet', { hint: 'name from or last' });
  if (range === 'run') return { from: run.startedAt, to: Math.min(run.endedAt ?? now, now) };
  const entered = run.phases.findLast((one) => phase === undefined || one.phase === phase);
  if (entered !== undefined) return { from: entered.enteredAt, to: Math.min(entered.leftAt ?? now, now) };
  // Before the first phase the run is all there is.
  if (phase === undefined) return { from: run.startedAt, to: now };
  const names = run.phases.map((one) => one.phase);
  const near = suggest(phase, names);
  throw new CutoverError('REQUEST_INVALID', `query.phase: this run has not entered a phase "${phase}"`, {
    hint: near === undefined ? `it was in ${names.join(', ') || 'none yet'}` : `did you mean "${near}"?`,
  });
}

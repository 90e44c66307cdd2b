import { formatDuration } from '../../kernel/index.ts';
import type { StatusDocument } from '../../report/index.ts';
import type { Paint, Style } from '../paint.ts';
import { contingencyLines } from './contingencies.ts';
import { exposureLines } from './exposure.ts';
import { fit, type Section } from './fit.ts';
import { instanceVersions } from './instances.ts';
import { matrixVersions } from './matrix.ts';
import { requestLines } from './requests.ts';
import { phaseVersions } from './phases.ts';
import { clip, heading, percent, wrap } from './text.ts';

/** The mark, the word and the colour of each state: any one of them is enough to know it. */
export const STATES: Readonly<
  Record<StatusDocument['state'], { readonly mark: string; readonly style: Style }>
> = {
  'not started': { mark: '·', style: 'dim' },
  running: { mark: '▶', style: 'accent' },
  paused: { mark: '⏸', style: 'warning' },
  'rolling-back': { mark: '↩', style: 'bad' },
  'rolled-back': { mark: '↩', style: 'bad' },
  completed: { mark: '✔', style: 'good' },
};

/** Which section of `renderStatus` gives way first: instances, then the matrix's reasons, requests, events, green rows, phases. */
const GIVE_WAY: readonly number[] = [5, 4, 5, 3, 6, 4, 1, 6];

/**
 * A status for a terminal, top down: where it stands and why, what it waits for, phases, exposure, matrix,
 * instances, the last events, and the command to type next. Pure: the same document gives the same text.
 *
 * @param events lines of the last events, oldest first
 * @param rows on a screen of so many, what says least is left out first
 */
export function renderStatus(
  status: StatusDocument,
  events: readonly string[],
  width: number,
  paint: Paint,
  rows: number | null = null,
): string {
  const sections: readonly Section[] = [
    [headerLines(status, width, paint)],
    phaseVersions(status, width, paint),
    [exposureLines(status, width, paint)],
    requestVersions(status, width, paint),
    matrixVersions(status, width, paint),
    instanceVersions(status, width, paint),
    [
      eventLines(events, width, paint),
      eventLines(events.slice(-3), width, paint),
      eventLines(events.slice(-1), width, paint),
    ],
    [contingencyLines(status, width, paint)],
    [nextLines(status, paint)],
  ];
  return fit(sections, GIVE_WAY, rows);
}

/** The status in one line: for a pipe, and for what `run` says at its start. */
export function statusLine(status: StatusDocument): string {
  const exposed = status.exposure.map(({ repository, set }) => `${repository} ${percent(set)}`).join(', ');
  const waits = status.waitingFor === null ? '' : ` Waiting for ${status.waitingFor}.`;
  const epoch = status.routing === null ? '' : ` [epoch ${status.routing.epoch}; ${exposed}]`;
  return `${status.environment}: ${status.state}. ${status.sentence}${waits}${epoch}`;
}

function headerLines(status: StatusDocument, width: number, paint: Paint): readonly string[] {
  const { mark, style } = STATES[status.state];
  const since = status.since === null ? '' : ` for ${formatDuration(Math.max(0, status.at - status.since))}`;
  return [
    `${paint('strong', `${status.title} (${status.migration})`)} in ${paint('strong', status.environment)}`,
    `${paint(style, `${mark} ${status.state}`)}${since}${paint('dim', placeOf(status))}`,
    ...wrap(status.sentence, width),
    ...(status.waitingFor === null ? [] : wrap(`Waiting for ${status.waitingFor}`, width)),
    ...status.late.flatMap((line) => wrap(line, width).map((part) => paint('warning', part))),
    ...controllerLines(status, width, paint),
    ...(status.routing?.failSide === 'candidate'
      ? [paint('warning', 'Past the point of no return: the candidate is the fail side.')]
      : []),
    ...rollbackLines(status, width, paint),
    ...(status.run === null
      ? []
      : wrap(runLine(status.run, status), width).map((line) => paint('dim', line))),
  ];
}

/** `, phase 3 of 5, step 2 of 4`. */
function placeOf({ phases, run }: StatusDocument): string {
  const phase = phases.findIndex(({ id }) => id === run?.phase);
  const steps = phases[phase]?.steps ?? [];
  const step = steps.findIndex(({ id }) => id === run?.step);
  return phase === -1 ? '' : `, phase ${phase + 1} of ${phases.length}, step ${step + 1} of ${steps.length}`;
}

function runLine(run: NonNullable<StatusDocument['run']>, { routing }: StatusDocument): string {
  const clock = run.timeScale === 1 ? '' : `, rehearsal at ${run.timeScale}x`;
  return `run ${run.id} of plan ${run.planHash.slice(0, 12)} by ${run.actor}, epoch ${routing?.epoch ?? '-'}${clock}`;
}

function rollbackLines({ rollback, run }: StatusDocument, width: number, paint: Paint): readonly string[] {
  // A rollback of a run before this one is history: `cutover log` has it.
  if (rollback === null || (run !== null && rollback.startedAt < run.startedAt)) return [];
  const of = rollback.covers?.join(', ') ?? 'everything';
  const budget = formatDuration(rollback.budgetMs);
  if (rollback.tookMs === null) {
    const missing = rollback.missing.length === 0 ? '' : `; missing: ${rollback.missing.join(', ')}`;
    return wrap(`Rollback of ${of}: not verified yet, budget ${budget}${missing}.`, width).map((line) =>
      paint('bad', line),
    );
  }
  const over = rollback.withinBudget === false;
  const confirmed = confirmLines(rollback.confirm, width, paint);
  const line = `Rollback of ${of}: verified after ${formatDuration(rollback.tookMs)}, ${over ? 'OVER its budget of' : 'budget'} ${budget}${sinceCause(rollback.sinceCauseMs)}.`;
  return [...wrap(line, width).map((part) => paint(over ? 'bad' : 'good', part)), ...confirmed];
}

function confirmLines(
  confirm: NonNullable<StatusDocument['rollback']>['confirm'],
  width: number,
  paint: Paint,
): readonly string[] {
  if (confirm === null) return [];
  const styles = {
    pending: 'accent',
    resolved: 'good',
    'not resolved': 'bad',
    'not known': 'warning',
  } as const;
  return wrap(confirm.text, width).map((line) => paint(styles[confirm.outcome], line));
}

function sinceCause(ms: number | null): string {
  return ms === null ? '' : `, ${formatDuration(ms)} after the first look that saw the cause`;
}

/** A run without a controller is exposed and watched by nobody: the most important thing that can be said of it. */
function controllerLines(status: StatusDocument, width: number, paint: Paint): readonly string[] {
  const { controller, state, environment } = status;
  const needsOne = state === 'running' || state === 'paused' || state === 'rolling-back';
  if (!needsOne || controller === 'present') return [];
  const who =
    controller === 'none' ? 'No controller carries it' : 'Its controller has not looked for a while';
  return wrap(
    `${who}: nothing takes it back by itself. Start one: cutover run --environment ${environment}`,
    width,
  ).map((line) => paint('bad', line));
}

function requestVersions(status: StatusDocument, width: number, paint: Paint): Section {
  const lines = requestLines(status, width, paint);
  return lines.length === 0 ? [lines] : [lines, []];
}

function eventLines(events: readonly string[], width: number, paint: Paint): readonly string[] {
  if (events.length === 0) return [];
  const lines = events.map((line) => line.replaceAll(/\s*\n\s*/g, ' '));
  return [heading('Last events', paint), ...lines.map((line) => clip(`  ${line}`, width))];
}

function nextLines({ nextCommand }: StatusDocument, paint: Paint): readonly string[] {
  return nextCommand === null ? [] : [heading('Next', paint), `  ${paint('accent', nextCommand)}`];
}

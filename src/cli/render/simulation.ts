import { formatDuration } from '../../kernel/index.ts';
import { eventLine } from '../../report/index.ts';
import { momentText } from '../../schedule/index.ts';
import type { Moved, Simulation } from '../../simulate/index.ts';
import type { Paint, Style } from '../paint.ts';
import { clip, counted, heading, wrap } from './text.ts';

const STYLES: Readonly<Record<Simulation['outcome'], { readonly mark: string; readonly style: Style }>> = {
  completed: { mark: '✔', style: 'good' },
  'rolled back': { mark: '↩', style: 'bad' },
  'waits for a person': { mark: '⏸', style: 'warning' },
};
/** Instances and registrations say nothing in a world without real ones. */
const QUIET = new Set<Moved['event']['kind']>([
  'migration.registered',
  'slots.assigned',
  'exposure.acknowledged',
  'effect.started',
]);

/**
 * A simulated plan as a timeline: day and time of each event that a person would have read.
 *
 * @param timeZone of the dates; `null` counts days since the beginning
 */
export function renderSimulation(
  result: Simulation,
  timeZone: string | null,
  startAt: number,
  width: number,
  paint: Paint,
): string {
  const timeOf = (ms: number): string => (timeZone === null ? dayTime(ms) : dateTime(startAt + ms, timeZone));
  const { mark, style } = STYLES[result.outcome];
  const ended = `${mark} ${result.outcome} after ${formatDuration(result.tookMs)}: ${result.reason}`;
  const looks = result.timeline.filter(({ event }) => event.kind === 'gate.looked').length;
  return [
    ...timelineLines(result.timeline, timeOf, width, paint),
    '',
    ...wrap(ended, width).map((line) => paint(style, line)),
    paint(
      'dim',
      `${counted(looks, 'look')}; what moves slowly is looked at less often than a real run would.`,
    ),
  ].join('\n');
}

function timelineLines(
  timeline: readonly Moved[],
  timeOf: (ms: number) => string,
  width: number,
  paint: Paint,
): readonly string[] {
  const lines: string[] = [];
  let environment = '';
  let before = '';
  for (const { at, environment: here, event } of timeline) {
    const text = QUIET.has(event.kind) ? null : eventLine(event);
    if (here !== environment) lines.push(...(lines.length === 0 ? [] : ['']), heading(here, paint));
    environment = here;
    // A gate that says the same again and again says it once.
    if (text === null || text === before) continue;
    before = text;
    // Why it waits is what the reader wants to know.
    if (event.kind === 'run.delayed') lines.push(...wrap(`${timeOf(at)}  ${text}`, width, '  '));
    else lines.push(clip(`  ${timeOf(at)}  ${text}`, width));
  }
  return lines;
}

/** `Tue 2026-11-24 02:00`. */
function dateTime(at: number, timeZone: string): string {
  return momentText(at, timeZone).slice(0, 'Tue 2026-11-24 02:00'.length);
}

/** `day 3 04:10`, counted from day 1. */
function dayTime(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = Math.floor(minutes / 1_440) + 1;
  return `day ${String(day).padStart(2)} ${two(Math.floor((minutes % 1_440) / 60))}:${two(minutes % 60)}`;
}

import { formatDuration } from '../../kernel/index.ts';
import type { Beside, SideNumbers } from '../../report/index.ts';
import type { Paint } from '../paint.ts';
import { type Cell, table } from './table.ts';
import { heading, wrap } from './text.ts';
import { timeText } from './time.ts';

const NOTHING = 'there was no run yet; name a time: --last 1h';
const NO_DATA =
  'nothing is known of it: nobody reported, or neither a run nor a server was on to keep what was reported';

const SHORT = 'shorter than a minute, and what is kept is kept by the minute: it is in all of it';
const MINUTE_MS = 60_000;

/** Both sides under each other, for each stretch of time. */
export function historyText(over: readonly Beside[], width: number, paint: Paint): string {
  if (over.length === 0) return NOTHING;
  return over.map((one) => stretchLines(one, width, paint).join('\n')).join('\n\n');
}

function stretchLines(one: Beside, width: number, paint: Paint): readonly string[] {
  const { phase, from, to, coveredMs, repositories } = one;
  const title = `${phase ?? 'All of it'}, ${timeText(from)} to ${timeText(to)}`;
  if (coveredMs === 0) {
    const why = to - from < MINUTE_MS ? SHORT : NO_DATA;
    return [heading(title, paint), ...wrap(why, width, '  ')];
  }
  const head = ['', '', 'calls', '/s', 'errors', 'p50', 'p95', 'p99'].map((text, column): Cell => ({
    text,
    style: 'dim',
    ...(column > 1 && { align: 'right' as const }),
  }));
  const rows = repositories.flatMap(({ repository, control, candidate }) => [
    sideRow(repository, 'control', control, coveredMs),
    sideRow('', 'candidate', candidate, coveredMs),
  ]);
  return [
    heading(title, paint),
    ...table([head, ...rows], width, paint),
    ...mismatchLines(one),
    ...gapLines(one, width),
  ];
}

function sideRow(
  repository: string,
  side: string,
  { calls, errors, p50, p95, p99 }: SideNumbers,
  coveredMs: number,
): readonly Cell[] {
  const right = (text: string, isBad = false): Cell => ({
    text,
    align: 'right',
    ...(isBad && { style: 'bad' as const }),
  });
  return [
    { text: repository },
    { text: side },
    right(calls.toLocaleString('en-US')),
    right(calls === 0 ? '-' : figures((calls / coveredMs) * 1_000)),
    right(calls === 0 ? '-' : `${figures((errors / calls) * 100)} %`, errors > 0),
    ...[p50, p95, p99].map((ms) => right(ms === null ? '-' : `${figures(ms)}ms`)),
  ];
}

function mismatchLines({ repositories }: Beside): readonly string[] {
  return repositories
    .filter(({ compared }) => compared > 0)
    .map(({ repository, compared, mismatched }) => {
      const share = figures((mismatched / compared) * 100);
      return `  ${repository}: ${mismatched.toLocaleString('en-US')} of ${compared.toLocaleString('en-US')} compared answers differ (${share} %)`;
    });
}

/** Reports that cover less than the time that went by, by more than the minutes at both ends. */
const SLACK_MS = 2 * MINUTE_MS;

function gapLines({ from, to, coveredMs }: Beside, width: number): readonly string[] {
  const missing = to - from - coveredMs;
  if (missing <= SLACK_MS) return [];
  const text = `nobody reported for ${formatDuration(Math.round(missing / MINUTE_MS) * MINUTE_MS)} of it, or it was not kept`;
  return wrap(text, width, '  ');
}

/** Three figures. */
function figures(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

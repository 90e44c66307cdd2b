import { formatDuration } from '../../kernel/index.ts';
import type { Recording, ReplayReport } from '../../verify/index.ts';
import type { Paint } from '../paint.ts';
import { table } from './table.ts';
import { counted, heading, wrap } from './text.ts';

const MOST_GROUPS = 20;

/** What a replay has shown, worst first. */
export function renderReplay(
  report: ReplayReport,
  { skipped }: Recording,
  isWhole: boolean,
  width: number,
  paint: Paint,
): string {
  const { groups, incomparable } = report;
  const left = Object.entries(skipped).map(([method, count]) => `${count} ${method}`);
  return [
    ...verdictLines(report, isWhole, width, paint),
    ...(left.length === 0 ? [] : wrap(`Not sent, since they are no GET: ${left.join(', ')}.`, width)),
    ...groupLines(report, width, paint),
    ...(groups.length > MOST_GROUPS
      ? [`  and ${groups.length - MOST_GROUPS} more: --json has them all`]
      : []),
    ...Object.entries(incomparable).flatMap(([why, count]) =>
      wrap(`${counted(count, 'request')} could not be compared: ${why}`, width).map((line) =>
        paint('warning', line),
      ),
    ),
  ].join('\n');
}

function verdictLines(
  { requests, outcomes, compatible, p95 }: ReplayReport,
  isWhole: boolean,
  width: number,
  paint: Paint,
): readonly string[] {
  const aside = (['ignored', 'transient', 'noise', 'incomparable'] as const).flatMap((name) =>
    outcomes[name] === 0 ? [] : [`${outcomes[name]} ${name}`],
  );
  const share = compatible === null ? 'nothing was compared' : `${percentDown(compatible)} compatible`;
  const of = `${counted(requests, 'request')}, ${share}${aside.length === 0 ? '' : ` (${aside.join(', ')})`}`;
  const isGood = compatible === 1 && outcomes.incomparable === 0 && isWhole;
  const times = `p95 control ${ms(p95.control)}, candidate ${ms(p95.candidate)}`;
  return [
    ...wrap(`${isGood ? '✔' : '✖'} ${of}${isWhole ? '' : '; interrupted'}`, width).map((line) =>
      paint(isGood ? 'good' : 'bad', line),
    ),
    paint('dim', times),
  ];
}

function groupLines({ groups }: ReplayReport, width: number, paint: Paint): readonly string[] {
  if (groups.length === 0) return [];
  const shown = groups.slice(0, MOST_GROUPS);
  return shown.flatMap(({ route, place, kind, count, example }) => [
    '',
    ...wrap(`${heading(route, paint)}  ${place}: ${kind}, ${counted(count, 'request')}`, width),
    ...table(
      [
        [{ text: 'control' }, { text: example.control }],
        [{ text: 'candidate' }, { text: example.candidate }],
        [
          { text: 'for example', style: 'dim' },
          { text: example.path, style: 'dim' },
        ],
      ],
      width,
      paint,
    ),
  ]);
}

/** Never rounded up to 100 %. */
function percentDown(share: number): string {
  return `${Math.floor(share * 10_000) / 100} %`;
}

function ms(value: number | null): string {
  return value === null ? '-' : formatDuration(value);
}

import type { CallGroup } from '../../verify/index.ts';
import type { ComparisonReport, OperationReport } from '../comparison/report.ts';
import type { Paint } from '../paint.ts';
import { sideBySide } from './side-by-side.ts';
import { table } from './table.ts';
import { counted, heading, wrap } from './text.ts';

const MOST_GROUPS = 20;
const ASIDE = ['failedAlike', 'transient', 'noise', 'ignored', 'incomparable'] as const;

/** What comparing a repository has shown: a line for each operation, then differences, most frequent first. */
export function comparisonText(
  repository: string,
  report: ComparisonReport,
  width: number,
  paint: Paint,
): string {
  const { operations, notCompared } = report;
  const groups = operations.flatMap(({ operation, groups: found }) =>
    found.map((group) => ({ operation, group })),
  );
  const worst = groups.toSorted((a, b) => b.group.calls - a.group.calls);
  const beyond = operations.reduce((sum, { otherGroups }) => sum + otherGroups, 0);
  return [
    ...verdictLines(repository, report, width, paint),
    ...table(
      operations.map((one) => rowOf(one)),
      width,
      paint,
    ),
    ...(notCompared.length === 0
      ? []
      : wrap(`Without calls, so not compared: ${notCompared.join(', ')}.`, width)),
    ...operations.flatMap(({ operation, reasons }) =>
      Object.entries(reasons).flatMap(([why, count]) =>
        wrap(`${operation}: ${counted(count, 'call')} could not be compared: ${why}`, width).map((line) =>
          paint('warning', line),
        ),
      ),
    ),
    ...worst
      .slice(0, MOST_GROUPS)
      .flatMap(({ operation, group }) => groupLines(`${repository}.${operation}`, group, width, paint)),
    ...(worst.length > MOST_GROUPS
      ? ['', `and ${worst.length - MOST_GROUPS} more: --json has them all`]
      : []),
    ...(beyond === 0
      ? []
      : ['', `and ${counted(beyond, 'call')} with differences of further kinds and places`]),
  ].join('\n');
}

function verdictLines(
  repository: string,
  { operations, isWhole, isClean }: ComparisonReport,
  width: number,
  paint: Paint,
): readonly string[] {
  const sum = (of: (one: OperationReport) => number): number =>
    operations.reduce((all, one) => all + of(one), 0);
  const calls = sum((one) => one.calls);
  const different = sum(({ outcomes }) => outcomes.different);
  const empty = operations.filter(({ calls: made }) => made === 0).map(({ operation }) => operation);
  const said = [
    `${repository}: ${counted(calls, 'call')} of ${counted(operations.length, 'operation')} on both sides`,
    different === 0 ? 'none different' : `${different} different`,
    ...(isWhole ? [] : ['not all of them']),
    ...(empty.length === 0 ? [] : [`no call of ${empty.join(', ')}`]),
  ].join(', ');
  return wrap(`${isClean ? '✔' : '✖'} ${said}`, width).map((line) => paint(isClean ? 'good' : 'bad', line));
}

function rowOf({ operation, calls, outcomes, p95, isWhole }: OperationReport) {
  const aside = ASIDE.flatMap((name) => (outcomes[name] === 0 ? [] : [`${outcomes[name]} ${name}`]));
  return [
    { text: operation },
    { text: counted(calls, 'call') + (isWhole ? '' : ' so far'), align: 'right' as const },
    {
      text: `${outcomes.different} different`,
      align: 'right' as const,
      ...(outcomes.different === 0 ? {} : { style: 'bad' as const }),
    },
    { text: `p95 ${msText(p95.control)}, ${msText(p95.candidate)}`, style: 'dim' as const },
    { text: aside.join(', '), style: 'dim' as const },
  ];
}

function groupLines(name: string, group: CallGroup, width: number, paint: Paint): readonly string[] {
  const place = group.path === '' ? '' : ` ${group.path}`;
  const what = [group.kind, group.note].filter(Boolean).join(': ');
  const [sample] = group.samples;
  return [
    '',
    ...wrap(
      `${heading(`${name}${place}`, paint)}  ${what}, ${counted(group.calls, 'call')}  (${group.id})`,
      width,
    ),
    ...(sample === undefined
      ? []
      : [
          ...sideBySide(
            [
              {
                place: sample.at === '' ? 'the answer itself' : sample.at,
                control: sample.control,
                candidate: sample.candidate,
              },
            ],
            width,
            paint,
          ),
          ...wrap(`call ${sample.call + 1}: (${sample.args.join(', ')})`, width).map((line) =>
            paint('dim', line),
          ),
        ]),
  ];
}

function msText(value: number | null): string {
  if (value === null) return '-';
  return value < 10 ? `${value.toFixed(2)}ms` : `${Math.round(value)}ms`;
}

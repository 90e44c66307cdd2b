import type { ApprovalRequest, RoleApproval } from '../../report/index.ts';
import type { Paint, Style } from '../paint.ts';
import { table, type Cell } from './table.ts';
import { heading, wrap } from './text.ts';
import { timeText } from './time.ts';

/** A role each: who approved and until when that counts, who said no, since when it is asked. */
export function approvalLines(
  approvals: readonly RoleApproval[],
  width: number,
  paint: Paint,
): readonly string[] {
  return approvals.flatMap((one) => [
    `  ${markOf(one, paint)} ${one.role}`,
    ...detailsOf(one).flatMap((text) => wrap(text, width, '      ')),
  ]);
}

function markOf({ approved, rejected }: RoleApproval, paint: Paint): string {
  if (rejected !== null) return paint('bad', '✖');
  if (approved === null) return paint('dim', '·');
  return approved.isOver ? paint('warning', '!') : paint('good', '✔');
}

function detailsOf({ approved, rejected, asked }: RoleApproval): readonly string[] {
  return [
    ...(approved === null
      ? []
      : [`${approved.actor}, ${timeText(approved.at)}: ${approved.reason}${untilText(approved)}`]),
    ...(rejected === null
      ? []
      : [`rejected by ${rejected.actor}, ${timeText(rejected.at)}: ${rejected.reason}`]),
    ...(asked === null ? [] : [`asked since ${timeText(asked.since)}: ${asked.because}`]),
  ];
}

function untilText({ until, isOver }: NonNullable<RoleApproval['approved']>): string {
  if (until === null) return '';
  return isOver
    ? `. TOO OLD since ${timeText(until)}: it is asked again before the phase begins`
    : `. Counts until ${timeText(until)}`;
}

const STYLES: Readonly<Record<string, Style>> = { pass: 'good', fail: 'bad', stale: 'warning' };

/** What people are asked on: as it was when they were asked, beside what it is now. */
export function requestLines(request: ApprovalRequest, width: number, paint: Paint): readonly string[] {
  const { phase, at, planHash, isOpen, exposure, look, rows, checklists, changes } = request;
  const verdict = look.was === null ? 'nothing was judged then' : `${look.was.gate} ${look.was.verdict}`;
  const lists = checklists.map(
    ({ checklist, items, open }) => `checklist "${checklist}" ${items - open.length} of ${items}`,
  );
  return [
    heading(`Asked for phase ${phase.id}, ${timeText(at)}${isOpen ? '' : ', which has begun since'}`, paint),
    ...wrap([`plan ${planHash.slice(0, 12)}`, verdict, ...lists].join('; '), width, '  '),
    ...(phase.pointOfNoReturn ? [paint('warning', '  It is the point of no return.')] : []),
    ...exposure.flatMap(({ repository, text }) => wrap(`${repository}: ${text}`, width, '  ')),
    ...(rows.length === 0 ? [] : table([HEAD, ...rows.map((row) => rowCells(row, isOpen))], width, paint)),
    ...(changes.length === 0 ? [] : ['  Not as it was then:']),
    ...changes.flatMap(({ what, was, now }) => wrap(`${what}: ${was}, now ${now}`, width, '    ')),
  ];
}

const HEAD: readonly Cell[] = ['', 'red', 'then', 'now'].map((text) => ({ text, style: 'dim' }));

type Seen = ApprovalRequest['rows'][number]['was'];

function rowCells(
  { title, red, was, now }: ApprovalRequest['rows'][number],
  isOpen: boolean,
): readonly Cell[] {
  const cell = (seen: Seen): Cell =>
    seen === null
      ? { text: '-' }
      : { text: `${seen.verdict} ${seen.value}`, style: STYLES[seen.verdict] ?? 'dim' };
  return [{ text: title }, { text: red }, cell(was), isOpen ? cell(now) : { text: '' }];
}

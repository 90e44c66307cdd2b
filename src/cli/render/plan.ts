import { formatDuration } from '../../kernel/index.ts';
import { dateLines } from './dates.ts';
import { flagText } from './flag.ts';
import { approvedWithinMs, type Phase, type Plan, type Row } from '../../plan/index.ts';
import { rowWords, stepText } from '../../report/index.ts';
import type { Paint } from '../paint.ts';
import { type Cell, table } from './table.ts';
import { counted, heading, wrap } from './text.ts';

/** A plan as the machine understood it: what runs in which order, and what is judged against what. */
export function renderPlan(
  plan: Plan,
  hash: string,
  dayOne: string | null,
  width: number,
  paint: Paint,
): string {
  const dates = dateLines(plan, dayOne, width, paint);
  const sections = [
    [
      `${paint('strong', `${plan.title} (${plan.id})`)}${plan.version === null ? '' : ` version ${plan.version}`}`,
      `${plan.topology}, plan ${hash}`,
      `rollback budget ${formatDuration(plan.rollback.budgetMs)}, red ${plan.rollback.automatic ? 'takes back by itself' : 'pauses and asks'}`,
    ],
    [heading('Flags', paint), ...table(flagRows(plan), width, paint)],
    ...(dates.length === 0 ? [] : [dates]),
    ...calendarSections(plan, width, paint),
    ...plan.phases.map((phase) => [
      `${heading(phase.id, paint)} in ${phase.environment}${isProtected(plan, phase.environment) ? ' (protected)' : ''}${phase.risk === null ? '' : `, risk ${phase.risk}`}${phase.pointOfNoReturn ? `, ${paint('bad', 'point of no return')}` : ''}`,
      ...whenLines(phase, width),
      ...needsLines(phase, width),
      ...table(
        phase.steps.map((step) => [{ text: step.id }, { text: stepText(step) }]),
        width,
        paint,
      ),
    ]),
    ...probeSections(plan, width, paint),
    ...askedSections(plan, width, paint),
    ...Object.entries(plan.checklists).map(([name, items]) => [
      heading(`Checklist ${name}`, paint),
      ...items.flatMap((item) => wrap(item, width, '  ')),
    ]),
    ...peopleSections(plan, width, paint),
    ...Object.entries(plan.gates).map(([name, rows]) => [
      heading(name === 'matrix' ? 'Matrix' : `Gate ${name}`, paint),
      ...table(
        rows.map((row) => rowCells(plan, row)),
        width,
        paint,
      ),
    ]),
  ];
  return sections.map((lines) => lines.join('\n')).join('\n\n');
}

/** What is kept with the plan for people: shown here, and not sent or asked by anything yet. */
function peopleSections({ people }: Plan, width: number, paint: Paint): readonly (readonly string[])[] {
  const { contacts, escalation, messages, links, nextReview } = people;
  const section = (title: string, rows: readonly (readonly Cell[])[]): readonly (readonly string[])[] =>
    rows.length === 0 ? [] : [[heading(`${title} (shown only)`, paint), ...table(rows, width, paint)]];
  const when = (atMs: number): string =>
    atMs < 0
      ? `${formatDuration(-atMs)} before`
      : atMs === 0
        ? 'at the start'
        : `${formatDuration(atMs)} after`;
  return [
    ...section(
      'Contacts',
      contacts.map(({ role, name, contact, availability }) =>
        [role, name, contact, availability ?? ''].map((text) => ({ text })),
      ),
    ),
    ...section(
      'Escalation',
      escalation.map(({ role, afterMs }) => [
        { text: role },
        { text: afterMs === 0 ? 'at once' : `after ${formatDuration(afterMs)}` },
      ]),
    ),
    ...section(
      'Messages',
      messages.map(({ atMs, to, text }) => [{ text: when(atMs) }, { text: to.join(', ') }, { text }]),
    ),
    ...section(
      'Links',
      Object.entries(links).map(([name, link]) => [{ text: name }, { text: link }]),
    ),
    ...section('Next review', nextReview === null ? [] : [[{ text: nextReview }]]),
  ];
}

/** Weekly hours and dates that hold a run back. */
function calendarSections(plan: Plan, width: number, paint: Paint): readonly (readonly string[])[] {
  const windows = Object.entries(plan.windows);
  const time = (minute: number): string =>
    [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
  return [
    ...(windows.length === 0
      ? []
      : [
          [
            heading('Windows', paint),
            ...table(
              windows.map(([name, { days, fromMinute, toMinute, timeZone }]) => [
                { text: name },
                { text: days.length === 7 ? 'every day' : days.join(', ') },
                { text: `${time(fromMinute)} to ${time(toMinute)} ${timeZone}` },
              ]),
              width,
              paint,
            ),
          ],
        ]),
    ...(plan.freezes.length === 0
      ? []
      : [
          [
            heading('Freezes', paint),
            ...table(
              plan.freezes.map(({ from, to, reason, environments }) => [
                { text: `${from} to ${to}` },
                { text: environments?.join(', ') ?? 'all environments' },
                { text: reason },
              ]),
              width,
              paint,
            ),
          ],
        ]),
  ];
}

/** `day 8, 2 days of slack, in the window "low traffic", expected to take 2h`. */
function whenLines({ day, slackDays, window, expectedMs, impact }: Phase, width: number): readonly string[] {
  const parts = [
    ...(day === null
      ? []
      : [`day ${day}${slackDays === 0 ? '' : ` and ${counted(slackDays, 'day')} of slack`}`]),
    ...(window === null ? [] : [`in the window "${window}"`]),
    ...(expectedMs === null ? [] : [`expected to take ${formatDuration(expectedMs)}`]),
    ...(impact === null ? [] : [`impact: ${impact}`]),
  ];
  return parts.length === 0 ? [] : wrap(parts.join(', '), width, '  ');
}

function probeSections({ probes }: Plan, width: number, paint: Paint): readonly (readonly string[])[] {
  const rows = Object.entries(probes).map(([name, { method, url, expectStatus, everyMs }]) =>
    [name, `${method} ${url}`, `expects ${expectStatus}`, `every ${formatDuration(everyMs)}`].map((text) => ({
      text,
    })),
  );
  return rows.length === 0 ? [] : [[heading('Probes', paint), ...table(rows, width, paint)]];
}

/** What somebody else measures: whom the controller asks, for what, how often. */
function askedSections({ metrics }: Plan, width: number, paint: Paint): readonly (readonly string[])[] {
  const rows = Object.entries(metrics).flatMap(([name, metric]) => {
    if (!('gives' in metric)) return [];
    const whom =
      metric.kind === 'sql'
        ? `database ${metric.database}`
        : metric.kind === 'http'
          ? `GET ${metric.url}`
          : 'Prometheus';
    return [[name, whom, metric.gives, `every ${formatDuration(metric.everyMs)}`].map((text) => ({ text }))];
  });
  return rows.length === 0 ? [] : [[heading('Measured elsewhere', paint), ...table(rows, width, paint)]];
}

function flagRows(plan: Plan): readonly (readonly Cell[])[] {
  return [
    [{ text: 'everything' }, { text: flagText(plan.flag) }],
    ...Object.entries(plan.repositories).map(([name, flag]): readonly Cell[] => [
      { text: name },
      { text: flagText(flag) },
    ]),
  ];
}

function needsLines(phase: Phase, width: number): readonly string[] {
  const { needs } = phase;
  const parts = [
    ...needs.checklists.map((name) => `checklist "${name}"`),
    ...needs.approvals.map((role) => `approval of ${role}`),
    ...(needs.approvals.length === 0 ? [] : [`not older than ${formatDuration(approvedWithinMs(phase))}`]),
  ];
  return parts.length === 0 ? [] : wrap(`needs ${parts.join(', ')}`, width, '  ');
}

function rowCells(plan: Plan, row: Row): readonly Cell[] {
  const { title, judges, yellow, red, onRed } = rowWords(plan, row);
  return [
    { text: title },
    { text: judges },
    { text: `yellow ${yellow}`, style: 'warning' },
    { text: `red ${red}`, style: 'bad' },
    { text: `-> ${onRed}` },
  ];
}

function isProtected(plan: Plan, environment: string): boolean {
  return plan.environments.some((one) => one.name === environment && one.protected);
}

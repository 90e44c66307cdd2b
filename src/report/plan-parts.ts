import { formatDuration } from '../kernel/index.ts';
import { approvedWithinMs, type Phase, type Plan } from '../plan/index.ts';
import { momentText, type PhaseDates } from '../schedule/index.ts';
import { rowWords } from './row-words.ts';
import { stepText } from './step-text.ts';

/** A part of a plan in words, as a page shows it: sentences, and tables of texts. */
export type PlanPart = {
  readonly title: string;
  readonly lines: readonly string[];
  readonly tables: readonly PlanTable[];
  /** Of less interest here: another environment, a long list. */
  readonly folded: boolean;
};

export type PlanTable = {
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/** All of a plan that people read, from the side of one environment. Parts that a plan does not have are not there. */
export function planParts(
  plan: Plan,
  environment: string,
  dates: readonly PhaseDates[],
): readonly PlanPart[] {
  // A log without a run has the flags and nothing else: what is not known is not said by defaults.
  if (plan.phases.length === 0) return [subjectPart(plan)];
  const [here, elsewhere] = [true, false].map((isHere) =>
    plan.phases.filter((phase) => (phase.environment === environment) === isHere),
  );
  const parts = [
    ...(here ?? []).map((phase) => phasePart(plan, phase, dates, false)),
    judgedPart(plan),
    rollbackPart(plan),
    calendarPart(plan),
    subjectPart(plan),
    peoplePart(plan),
    ...Object.entries(plan.checklists).map(([name, items]) => ({
      ...part(`Checklist “${name}”`, items, []),
      folded: true,
    })),
    ...(elsewhere ?? []).map((phase) => phasePart(plan, phase, dates, true)),
  ];
  return parts.filter(({ lines, tables }) => lines.length > 0 || tables.length > 0);
}

function part(title: string, lines: readonly string[], tables: readonly PlanTable[]): PlanPart {
  return { title, lines, tables: tables.filter(({ rows }) => rows.length > 0), folded: false };
}

function phasePart(plan: Plan, phase: Phase, dates: readonly PhaseDates[], folded: boolean): PlanPart {
  const { id, title, environment, steps } = phase;
  const rows = steps.map((step) => [
    step.title === step.id ? step.id : `${step.title} (${step.id})`,
    stepText(step),
  ]);
  const name = `${environment}: ${title}${title === id ? '' : ` (${id})`}`;
  const table = { label: `Steps of ${title}`, columns: ['step', 'what it does'], rows };
  return { ...part(name, phaseLines(plan, phase, dates), [table]), folded };
}

function phaseLines(plan: Plan, phase: Phase, dates: readonly PhaseDates[]): readonly string[] {
  const { day, slackDays, window, expectedMs, impact, risk, pointOfNoReturn, needs } = phase;
  const date = dates.find((one) => one.phase.id === phase.id);
  const slack = slackDays === 0 ? '' : ` and ${slackDays === 1 ? 'a day' : `${slackDays} days`} of slack`;
  const lists = needs.checklists.map((name) => `“${name}”`).join(', ');
  return [
    ...(pointOfNoReturn
      ? ['Point of no return: behind it flags do not go back; only the way back of the data does.']
      : []),
    ...(day === null ? [] : [`Day ${day} of the plan${slack}.`]),
    ...(date === undefined ? [] : [dateText(plan, date)]),
    ...(window === null ? [] : [`Begins only in the window “${window}”.`]),
    ...(expectedMs === null ? [] : [`Expected to take ${formatDuration(expectedMs)}.`]),
    ...(risk === null ? [] : [`Risk: ${risk}.`]),
    ...(impact === null ? [] : [`Impact: ${impact}`]),
    ...(lists === '' ? [] : [`Needs what is on ${lists}.`]),
    ...(needs.approvals.length === 0
      ? []
      : [
          `Needs the approval of ${needs.approvals.join(', ')}, not older than ${formatDuration(approvedWithinMs(phase))}.`,
        ]),
  ];
}

function dateText({ windows }: Plan, { phase, from, to, latest, opening, frozen }: PhaseDates): string {
  const when = from === to ? from : `${from} to ${to}`;
  const zone = phase.window === null ? undefined : windows[phase.window]?.timeZone;
  const opens =
    opening === null || zone === undefined ? '' : `, its window opens ${momentText(opening.opens, zone)}`;
  const late = latest === from ? '' : `, late after ${latest}`;
  return `${when}${opens}${late}${frozen === null ? '' : `; in the freeze “${frozen}”`}.`;
}

const ON_RED = { rollback: 'takes back', pause: 'pauses', investigate: 'is shown' } as const;

function judgedPart(plan: Plan): PlanPart {
  const { windowMs, everyMs, minSamples } = plan.measure;
  const gates = Object.entries(plan.gates).map(([gate, rows]) => ({
    label: gate === 'matrix' ? 'Matrix: part of every gate' : `Gate ${gate}`,
    columns: ['row', 'judges', 'yellow above', 'red above', 'red'],
    rows: rows.map((row) => {
      const { title, judges, yellow, red, onRed } = rowWords(plan, row);
      return [title, judges, yellow, red, ON_RED[onRed]];
    }),
  }));
  const line = `A look every ${formatDuration(everyMs)} at the last ${formatDuration(windowMs)}. Below ${minSamples} samples, unless a row says otherwise, there is not enough data, and that is never green.`;
  return part('What is judged', [line], gates);
}

function rollbackPart(plan: Plan): PlanPart {
  const { rollback, contingencies, topology } = plan;
  const { budgetMs, automatic, checklist, confirm } = rollback;
  const lines = [
    `Every instance has to acknowledge within ${formatDuration(budgetMs)}: that is the budget.`,
    automatic
      ? 'Red takes back by itself where its row says so.'
      : 'Red pauses and asks a person; nothing goes back by itself.',
    topology === 'same-store'
      ? 'Both implementations work on one database, so no data is lost by going back.'
      : 'There are two databases: what was written to the candidate alone stays there.',
    ...(checklist === null ? [] : [`Afterwards the checklist “${checklist}” is open again.`]),
    ...(confirm === null
      ? []
      : [
          `Then control has to be green for ${formatDuration(confirm.forMs)} within ${formatDuration(confirm.withinMs)}, or the trouble is elsewhere.`,
        ]),
  ];
  const confirmed = {
    label: 'What control has to show afterwards',
    columns: ['row', 'judges', 'yellow above', 'red above'],
    rows: (confirm?.rows ?? []).map((row) => {
      const { title, judges, yellow, red } = rowWords(plan, row);
      return [title, judges, yellow, red];
    }),
  };
  const met = {
    label: 'What is done when rows turn red',
    columns: ['what may happen', 'rows', 'kept', 'whom to tell', 'then'],
    rows: contingencies.map(({ name, rows, heapSnapshot, tell, next }) => [
      name,
      rows.join(', '),
      heapSnapshot ? 'a heap snapshot' : '',
      tell.join(', '),
      next.join('; '),
    ]),
  };
  return part('How it goes back', lines, [confirmed, met]);
}

function calendarPart({ windows, freezes, schedule }: Plan): PlanPart {
  const count = schedule.count === 'working' ? 'without weekends and holidays' : 'by the calendar';
  const isKnown = Object.keys(windows).length > 0 || freezes.length > 0;
  return part('When it waits', isKnown ? [`Days are counted ${count} in ${schedule.timeZone}.`] : [], [
    {
      label: 'Windows',
      columns: ['window', 'days', 'hours'],
      rows: Object.entries(windows).map(([name, { days, fromMinute, toMinute, timeZone }]) => [
        name,
        days.length === 7 ? 'every day' : days.join(', '),
        `${clock(fromMinute)} to ${clock(toMinute)} ${timeZone}`,
      ]),
    },
    {
      label: 'Freezes',
      columns: ['freeze', 'environments', 'reason'],
      rows: freezes.map(({ from, to, reason, environments }) => [
        `${from} to ${to}`,
        environments?.join(', ') ?? 'all',
        reason,
      ]),
    },
  ]);
}

function subjectPart({ flag, repositories, databases }: Plan): PlanPart {
  const flags = [['everything', flag] as const, ...Object.entries(repositories)];
  return part(
    'What it is about',
    [],
    [
      {
        label: 'Flags',
        columns: ['repository', 'flag', 'also', 'overridden by'],
        rows: flags.map(([name, { name: of, aliases, env }]) => [
          name,
          of,
          aliases.join(', '),
          env === null ? '' : `$${env}`,
        ]),
      },
      {
        label: 'Databases',
        columns: ['database', 'where', 'looked at'],
        rows: Object.entries(databases).map(([name, database]) => [
          name,
          'sqlite' in database ? `the file ${database.sqlite}` : `PostgreSQL at $${database.postgres}`,
          database.check === 'off' ? 'no' : database.check,
        ]),
      },
    ],
  );
}

/** What is kept with the plan for people: nothing sends or asks it yet. */
function peoplePart({ people }: Plan): PlanPart {
  const { contacts, escalation, messages, links, nextReview } = people;
  const rows = [
    ...contacts.map(({ role, name, contact, availability }) => [
      role,
      `${name}${availability === null ? '' : `, ${availability}`}`,
      contact,
    ]),
    ...escalation.map(({ role, afterMs }) => [
      'escalation',
      role,
      afterMs === 0 ? 'at once' : `after ${formatDuration(afterMs)}`,
    ]),
    ...messages.map(({ atMs, to, text }) => ['message', `${momentOf(atMs)} to ${to.join(', ')}`, text]),
    ...Object.entries(links).map(([name, link]) => ['link', name, link]),
    ...(nextReview === null ? [] : [['next review', nextReview, '']]),
  ];
  const lines = rows.length === 0 ? [] : ['Kept with the plan to be read; nothing of it is sent by itself.'];
  return part('People', lines, [{ label: 'People', columns: ['role', 'who or when', 'what'], rows }]);
}

function momentOf(atMs: number): string {
  if (atMs === 0) return 'at the start';
  return atMs < 0 ? `${formatDuration(-atMs)} before` : `${formatDuration(atMs)} after`;
}

/** @param minute of the day */
function clock(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((one) => String(one).padStart(2, '0')).join(':');
}

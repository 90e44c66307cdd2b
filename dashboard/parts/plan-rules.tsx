import type { ComponentChildren } from 'preact';
import { formatDuration } from '../../src/kernel/index.ts';
import type { Plan } from '../../src/plan/index.ts';
import type { PlanDocument } from '../../src/server/routes/plan.ts';
import { Section } from './page.tsx';
import { DataTable } from './data-table.tsx';

type Words = PlanDocument['words']['gates'][string];

const ON_RED = { rollback: 'takes back', pause: 'pauses', investigate: 'is shown' } as const;

/** What is judged against what, gate by gate. */
export function PlanGates({ plan, words }: PlanDocument) {
  const { windowMs, everyMs, minSamples } = plan.measure;
  return (
    <Section title="What is judged">
      <p>
        A look every {formatDuration(everyMs)} at the last {formatDuration(windowMs)}; below {minSamples}{' '}
        samples, unless a row says otherwise, there is not enough data, and that is never green.
      </p>
      {Object.entries(words.gates).map(([gate, rows]) => (
        <Rows
          key={gate}
          title={gate === 'matrix' ? 'Matrix: part of every gate' : `Gate ${gate}`}
          rows={rows}
        />
      ))}
      {words.confirm.length === 0 ? null : (
        <Rows title="After a rollback, of control" rows={words.confirm} isConfirm />
      )}
    </Section>
  );
}

/** @param isConfirm of control after a rollback, when nothing is left to be taken back */
function Rows(props: { readonly title: string; readonly rows: Words; readonly isConfirm?: boolean }) {
  const { title, rows, isConfirm = false } = props;
  return (
    <>
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p class="quiet">It has no rows of its own.</p>
      ) : (
        <DataTable
          label={title}
          columns={['row', 'judges', 'yellow above', 'red above', ...(isConfirm ? [] : ['red'])]}
          rows={rows.map(({ title: row, judges, yellow, red, onRed }) => ({
            key: row,
            cells: [row, judges, yellow, red, ...(isConfirm ? [] : [ON_RED[onRed]])],
          }))}
        />
      )}
    </>
  );
}

/** How it goes back, and what is done beside that when rows turn red. */
export function PlanRollback({ plan: { rollback, contingencies, topology } }: PlanDocument) {
  const { budgetMs, automatic, checklist, confirm } = rollback;
  return (
    <Section title="How it goes back">
      <ul class="plain">
        <li>Every instance has to acknowledge within {formatDuration(budgetMs)}: that is the budget.</li>
        <li>
          {automatic
            ? 'Red takes back by itself where its row says so.'
            : 'Red pauses and asks a person; nothing goes back by itself.'}
        </li>
        <li>
          {topology === 'same-store'
            ? 'Both implementations work on one database, so no data is lost by going back.'
            : 'There are two databases: what was written to the candidate alone stays there.'}
        </li>
        {checklist === null ? null : <li>Afterwards the checklist “{checklist}” is open again.</li>}
        {confirm === null ? null : (
          <li>
            Then control has to be green for {formatDuration(confirm.forMs)} within{' '}
            {formatDuration(confirm.withinMs)}, or the trouble is elsewhere.
          </li>
        )}
      </ul>
      {contingencies.length === 0 ? null : (
        <DataTable
          label="What is done when rows turn red"
          columns={['what may happen', 'rows', 'kept', 'whom to tell', 'then']}
          rows={contingencies.map(({ name, rows, heapSnapshot, tell, next }) => ({
            key: name,
            cells: [
              name,
              rows.join(', '),
              heapSnapshot ? 'a heap snapshot' : '',
              tell.join(', '),
              <List items={next} />,
            ],
          }))}
        />
      )}
    </Section>
  );
}

/** Hours and dates that hold a run back. Nothing where the plan has none. */
export function PlanCalendar({ plan }: PlanDocument) {
  const { windows, freezes, schedule } = plan;
  if (Object.keys(windows).length === 0 && freezes.length === 0) return null;
  return (
    <Section title="When it waits">
      {Object.keys(windows).length === 0 ? null : (
        <DataTable
          label="Windows"
          columns={['window', 'days', 'hours']}
          rows={Object.entries(windows).map(([name, { days, fromMinute, toMinute, timeZone }]) => ({
            key: name,
            cells: [
              name,
              days.length === 7 ? 'every day' : days.join(', '),
              `${clock(fromMinute)} to ${clock(toMinute)} ${timeZone}`,
            ],
          }))}
        />
      )}
      {freezes.length === 0 ? null : (
        <DataTable
          label="Freezes"
          columns={['freeze', 'environments', 'reason']}
          rows={freezes.map(({ from, to, reason, environments }) => ({
            key: `${from} ${to} ${reason}`,
            cells: [`${from} to ${to}`, environments?.join(', ') ?? 'all', reason],
          }))}
        />
      )}
      <p class="quiet">
        Days are counted {schedule.count === 'working' ? 'without weekends and holidays' : 'by the calendar'}{' '}
        in {schedule.timeZone}.
      </p>
    </Section>
  );
}

/** What is switched, and where its data lies. */
export function PlanParts({ plan }: PlanDocument) {
  const { flag, repositories, databases, checklists } = plan;
  return (
    <Section title="What it is about">
      <DataTable
        label="Flags"
        columns={['repository', 'flag', 'also', 'overridden by']}
        rows={[['everything', flag] as const, ...Object.entries(repositories)].map(
          ([name, { name: of, aliases, env }]) => ({
            key: name,
            cells: [name, <code>{of}</code>, aliases.join(', '), env === null ? '' : <code>${env}</code>],
          }),
        )}
      />
      {Object.keys(databases).length === 0 ? null : (
        <DataTable
          label="Databases"
          columns={['database', 'where', 'looked at']}
          rows={Object.entries(databases).map(([name, database]) => ({
            key: name,
            cells: [name, placeOf(database), database.check === 'off' ? 'no' : database.check],
          }))}
        />
      )}
      {Object.entries(checklists).map(([name, items]) => (
        <details key={name}>
          <summary>
            Checklist “{name}”, {items.length === 1 ? 'one item' : `${items.length} items`}
          </summary>
          <List items={items} />
        </details>
      ))}
    </Section>
  );
}

type Line = readonly [role: string, who: string, what: ComponentChildren];

/** What is kept with the plan for people: shown, and not sent or asked by anything. Nothing where the plan has none. */
export function PlanPeople({ plan: { people } }: PlanDocument) {
  const { contacts, escalation, messages, links, nextReview } = people;
  const lines: readonly Line[] = [
    ...contacts.map(
      ({ role, name, contact, availability }) =>
        [role, `${name}${availability === null ? '' : `, ${availability}`}`, contact] as const,
    ),
    ...escalation.map(
      ({ role, afterMs }) =>
        ['escalation', role, afterMs === 0 ? 'at once' : `after ${formatDuration(afterMs)}`] as const,
    ),
    ...messages.map(
      ({ atMs, to, text }) => ['message', `${momentOf(atMs)} to ${to.join(', ')}`, text] as const,
    ),
    ...Object.entries(links).map(([name, link]) => ['link', name, <Address text={link} />] as const),
    ...(nextReview === null ? [] : [['next review', nextReview, ''] as const]),
  ];
  if (lines.length === 0) return null;
  return (
    <Section title="People">
      <p class="quiet">Kept with the plan to be read; nothing of it is sent by itself.</p>
      <DataTable
        label="People"
        columns={['role', 'who or when', 'what']}
        rows={lines.map((cells) => ({ key: `${cells[0]} ${cells[1]}`, cells }))}
      />
    </Section>
  );
}

function List({ items }: { readonly items: readonly string[] }) {
  return (
    <ul>
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  );
}

/** A plan may name any text as a link; only what a browser opens as a page is one. */
function Address({ text }: { readonly text: string }) {
  return /^https?:\/\//.test(text) ? (
    <a href={text} rel="noreferrer noopener">
      {text}
    </a>
  ) : (
    <>{text}</>
  );
}

function placeOf(database: Plan['databases'][string]): string {
  return 'sqlite' in database ? `the file ${database.sqlite}` : `PostgreSQL at $${database.postgres}`;
}

function momentOf(atMs: number): string {
  if (atMs === 0) return 'at the start';
  return atMs < 0 ? `${formatDuration(-atMs)} before` : `${formatDuration(atMs)} after`;
}

/** @param minute of the day */
function clock(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

import { formatDuration } from '../../src/kernel/index.ts';
import type { Mismatches } from '../../src/report/index.ts';
import type { SummaryDocument } from '../../src/server/routes/summary.ts';
import { Chip, toneOfColour } from '../parts/chip.tsx';
import { Command, commandFor } from '../parts/command.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { utc } from '../parts/moment.ts';
import { Empty, Failure, Section } from '../parts/page.tsx';
import { DatabaseTable, RollbackTable } from '../parts/rollback-table.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { about } from '../state/api.ts';
import { status } from '../state/live.ts';
import { useLoaded } from '../state/loaded.ts';
import { now } from '../state/now.ts';
import { useOnce } from '../state/once.ts';
import type { Place } from '../state/router.ts';
import type { ScreenProps } from './screen.ts';

type Run = NonNullable<SummaryDocument['run']>;

/** The newest run on paper: what, when, who, and how it went. */
export function Report({ place }: ScreenProps) {
  const { value: summary, error } = useLoaded<SummaryDocument>(about(place, 'summary')).value;
  if (summary === null) return <Waiting what="Reading the log" failure={error} />;
  const { run, rollbacks, databases } = summary;
  if (run === null)
    return (
      <Section title="Report">
        <Empty>
          No run was started in {place.environment}, so there is nothing to report. A run fills this page:
        </Empty>
        <Command text={commandFor(place, 'run', '--reason', '…')} />
      </Section>
    );
  const back = rollbacks.filter((one) => one.run === run.id);
  const looks = databases.filter((one) => one.run === run.id);
  return (
    <>
      <Head place={place} run={run} />
      <Phases run={run} />
      <LastLook />
      <Section title="Rollbacks">
        {back.length === 0 ? (
          <Empty>Nothing was taken back in this run.</Empty>
        ) : (
          <RollbackTable rollbacks={back} />
        )}
      </Section>
      <Given run={run} />
      <Notes
        run={run}
        of="decision"
        title="Decided by people and gates"
        empty="Nobody had to decide anything."
      />
      <Notes run={run} of="exposure" title="Exposure" empty="Nothing was exposed." />
      <Notes
        run={run}
        of="late"
        title="Late or held back"
        empty="Nothing took longer than the plan has it."
      />
      <Notes
        run={run}
        of="trouble"
        title="Trouble"
        empty="No step failed, and no contingency of the plan was met."
      />
      <Differences place={place} />
      {looks.length === 0 ? null : (
        <Section title="Databases">
          <DatabaseTable looks={looks} />
        </Section>
      )}
    </>
  );
}

function Head({ place, run }: { readonly place: Place; readonly run: Run }) {
  const end = run.endedAt ?? now.value;
  return (
    <Section
      title={`${run.title} in ${place.environment}`}
      aside={
        <button type="button" onClick={() => print()}>
          Print
        </button>
      }
    >
      <p>
        <strong>{status.value?.sentence}</strong>
      </p>
      {run.timeScale === 1 ? null : (
        <p>
          <Chip tone="warn" text="rehearsal" /> Its clock went {run.timeScale} times as fast as the plan’s, so
          it proves nothing to a run that does not.
        </p>
      )}
      <dl class="known">
        <dt>Run</dt>
        <dd>{run.id}</dd>
        <dt>Began</dt>
        <dd>
          {utc(run.startedAt)} by {run.actor}: {run.reason}
        </dd>
        <dt>{run.endedAt === null ? 'On for' : 'Ended'}</dt>
        <dd>
          {run.endedAt === null ? '' : `${utc(run.endedAt)}, after `}
          {formatDuration(coarse(end - run.startedAt))}
        </dd>
        <dt>Plan</dt>
        <dd>
          <code>{run.planHash}</code>
        </dd>
        {run.dayOne === null ? null : (
          <>
            <dt>Day 1</dt>
            <dd>{run.dayOne}</dd>
          </>
        )}
        <dt>Evidence</dt>
        <dd>
          {run.evidence === null
            ? 'None: it began without a run in another environment.'
            : `Run ${run.evidence.run} in ${run.evidence.environment} completed.`}
        </dd>
        <dt>Log</dt>
        <dd>
          {status.value?.log.seq} events, <code>{status.value?.log.head.slice(0, 12)}</code>
        </dd>
        <dt>As of</dt>
        <dd>{utc(status.value?.at ?? now.value)}</dd>
      </dl>
    </Section>
  );
}

function Phases({ run: { phases, looks } }: { readonly run: Run }) {
  return (
    <Section title="Phases and looks">
      {phases.length === 0 ? (
        <Empty>No phase has begun.</Empty>
      ) : (
        <DataTable
          label="Phases"
          columns={['phase', 'began', 'took']}
          rows={phases.map(({ phase, title, enteredAt, leftAt }) => ({
            key: `${phase} ${enteredAt}`,
            cells: [
              title,
              utc(enteredAt),
              leftAt === null ? 'not over' : formatDuration(coarse(leftAt - enteredAt)),
            ],
          }))}
        />
      )}
      {looks.length === 0 ? (
        <Empty>No gate was looked at.</Empty>
      ) : (
        <DataTable
          label="Looks by verdict"
          columns={['phase', 'gate', '✔ pass', '✖ fail', '◌ not enough data', '◌ stale', 'last']}
          rows={looks.map((one) => ({
            key: `${one.phase} ${one.gate}`,
            cells: [one.phase, one.gate, one.pass, one.fail, one.insufficient, one.stale, utc(one.lastAt)],
          }))}
        />
      )}
    </Section>
  );
}

function LastLook() {
  const gate = status.value?.gate ?? null;
  if (gate === null) return null;
  return (
    <Section title="The last look">
      <p>
        {gate.name}, {utc(gate.at)}: {gate.verdict === 'insufficient' ? 'not enough data' : gate.verdict}
      </p>
      <DataTable
        label="Rows of the last look"
        columns={['row', 'value', 'yellow above', 'red above', 'samples', 'stands', 'why']}
        rows={gate.rows.map((row) => ({
          key: row.title,
          cells: [
            row.title,
            row.value,
            row.yellow,
            row.red,
            row.samples,
            <Chip
              tone={toneOfColour(row.colour)}
              text={row.colour === 'none' ? `no colour: ${row.verdict}` : row.colour}
            />,
            row.reason,
          ],
        }))}
      />
    </Section>
  );
}

function Given({ run: { approvals, checks } }: { readonly run: Run }) {
  return (
    <Section title="Approvals and checklists">
      {approvals.length === 0 && checks.length === 0 ? (
        <Empty>Nobody approved this plan, and no item of a checklist was confirmed.</Empty>
      ) : (
        <DataTable
          label="Approvals and confirmed items"
          columns={['what', 'who', 'when', 'why']}
          rows={[
            ...approvals.map(({ role, ended, ...by }) => ({
              what: `approved as ${role}${ended === null ? '' : ` (${ended} since)`}`,
              ...by,
            })),
            ...checks.map(({ checklist, item, ...by }) => ({ what: `${checklist}: ${item}`, ...by })),
          ].map(({ what, actor, at, reason }) => ({ key: what, cells: [what, actor, utc(at), reason] }))}
        />
      )}
    </Section>
  );
}

function Notes(props: {
  readonly run: Run;
  readonly of: Run['notes'][number]['of'];
  readonly title: string;
  readonly empty: string;
}) {
  const { run, of, title, empty } = props;
  const notes = run.notes.filter((note) => note.of === of);
  return (
    <Section title={title}>
      {run.notesBefore === 0 ? null : (
        <p class="quiet">{run.notesBefore} older events are in the audit alone.</p>
      )}
      {notes.length === 0 ? (
        <Empty>{run.notesBefore === 0 ? empty : 'None among the newest 500.'}</Empty>
      ) : (
        <ul class="plain">
          {notes.map(({ seq, at, text }) => (
            <li key={seq} class="entry">
              <span class="quiet">{utc(at)}</span>
              <span class="entry-text">{text}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** Since the newest run began. */
function Differences({ place }: { readonly place: Place }) {
  const { value, error } = useOnce<Mismatches>(about(place, 'mismatches')).loaded.value;
  return (
    <Section title="Mismatches">
      {error === null ? null : <Failure error={error} />}
      {value === null ? null : value.operations.length === 0 ? (
        <Empty>
          No answers were compared in this run. A shadow step of the plan, or a comparison in the application,
          fills this.
        </Empty>
      ) : (
        <>
          <DataTable
            label="What the shadow saw"
            columns={['operation', 'sampled', 'outcomes']}
            rows={value.operations.map(({ repository, operation, sampled, states }) => ({
              key: `${repository}.${operation}`,
              cells: [
                `${repository}.${operation}`,
                sampled,
                Object.entries(states)
                  .map(([name, count]) => `${name} ${count}`)
                  .join(', '),
              ],
            }))}
          />
        </>
      )}
    </Section>
  );
}

/** Nobody reads the milliseconds of an hour. */
function coarse(ms: number): number {
  return ms < 60_000 ? Math.max(0, Math.round(ms)) : Math.round(ms / 1_000) * 1_000;
}

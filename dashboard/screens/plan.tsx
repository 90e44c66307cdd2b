import type { PlanDocument } from '../../src/server/routes/plan.ts';
import { Chip } from '../parts/chip.tsx';
import { Command, commandFor } from '../parts/command.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { Changes } from '../parts/event-entry.tsx';
import { Empty, Section } from '../parts/page.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { about } from '../state/api.ts';
import { useLoaded } from '../state/loaded.ts';
import { status } from '../state/live.ts';
import type { Place } from '../state/router.ts';
import type { ScreenProps } from './screen.ts';

/** The plan as the program understood it: every default filled in, nothing that only the file says. */
export function PlanScreen({ place }: ScreenProps) {
  const { value: document, error } = useLoaded<PlanDocument>(about(place, 'plan')).value;
  if (document === null) return <Waiting what="Reading the plan" failure={error} />;
  return (
    <>
      <Head place={place} document={document} />
      <Running place={place} document={document} />
      {document.parts.map((part) => (
        <Part key={part.title} part={part} />
      ))}
      <details class="card">
        <summary>The whole plan as data</summary>
        <pre class="data" tabIndex={0} aria-label="The whole plan as data">
          {JSON.stringify(document.plan, null, 2)}
        </pre>
      </details>
    </>
  );
}

function Part({ part: { title, lines, tables, folded } }: { readonly part: PlanDocument['parts'][number] }) {
  const inside = (
    <>
      <ul class="plain">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {tables.map(({ label, columns, rows }) => (
        <div key={label}>
          {tables.length > 1 ? <h3>{label}</h3> : null}
          <DataTable
            label={label}
            columns={columns}
            rows={rows.map((cells) => ({ key: cells.join('|'), cells: cells.map(linked) }))}
          />
        </div>
      ))}
    </>
  );
  return folded ? (
    <details class="card">
      <summary>{title}</summary>
      {inside}
    </details>
  ) : (
    <Section title={title}>{inside}</Section>
  );
}

/** Only what a browser opens as a page is a link. */
function linked(text: string) {
  return /^https?:\/\//.test(text) ? (
    <a href={text} rel="noreferrer noopener">
      {text}
    </a>
  ) : (
    text
  );
}

function Head({ place, document }: { readonly place: Place; readonly document: PlanDocument }) {
  const { plan, hash, isConfigured, dayOne } = document;
  const version = plan.version === null ? '' : `, version ${plan.version}`;
  return (
    <Section title={plan.title}>
      <p>
        <code>{plan.id}</code>
        {version} · {plan.topology} ·{' '}
        {plan.environments
          .map(({ name, protected: is }) => (is ? `${name} (protected)` : name))
          .join(', then ')}
        {dayOne === null ? null : <> · day 1 is {dayOne}</>}
      </p>
      {isConfigured ? null : (
        <p class="notice-text">
          <Chip tone="warn" text="from the log" /> This server’s configuration has no plan “{place.migration}”
          for {place.environment}; what is shown is what the log has of it.
        </p>
      )}
      {hash === '' ? (
        <Empty>
          No run has begun, so the log knows the flags and nothing else: no phase, no gate, no hash.
        </Empty>
      ) : (
        <p>
          Hash <code class="hash">{hash}</code>
        </p>
      )}
      <Command text="cutover plan show" />
    </Section>
  );
}

/** A run stays bound to the plan that it began with until a person accepts another one. */
function Running({ place, document }: { readonly place: Place; readonly document: PlanDocument }) {
  const { running, hash } = document;
  if (running === null) return null;
  const state = status.value?.state;
  const isOn = state === 'running' || state === 'paused';
  return (
    <Section title="The newest run has another plan">
      <p>
        Its hash is <code>{running.hash.slice(0, 12)}</code>. This is what is different in the configuration
        now.{' '}
        {isOn
          ? 'Nothing of it has an effect on that run before a person accepts it:'
          : 'That run is over; the next one begins with what is shown here.'}
      </p>
      <Changes changes={running.changes} />
      {isOn ? (
        <Command text={commandFor(place, 'run', '--accept-plan', hash.slice(0, 12), '--reason', '…')} />
      ) : null}
    </Section>
  );
}

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { AccessLog } from '../parts/access-log.tsx';
import { Chip } from '../parts/chip.tsx';
import { EventEntry } from '../parts/event-entry.tsx';
import { commandFor, Command } from '../parts/command.tsx';
import { Empty, Failure, Section } from '../parts/page.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { When } from '../parts/time.tsx';
import type { LogVerification } from '../../src/server/log-checks.ts';
import { about, ApiError } from '../state/api.ts';
import { download } from '../state/download.ts';
import { status } from '../state/live.ts';
import { useOnce } from '../state/once.ts';
import { usePast, type EventFilter } from '../state/past.ts';
import { route, setQuery, type Place } from '../state/router.ts';
import { me } from '../state/session.ts';
import type { ScreenProps } from './screen.ts';

/** What kinds of events begin with, and what people call them. */
const KINDS: Readonly<Record<string, string>> = {
  run: 'runs: started, paused, resumed, delayed, completed',
  phase: 'phases that began again',
  step: 'steps: entered, done, left out',
  exposure: 'exposure',
  flag: 'flags set by hand',
  kill: 'kills lifted',
  rollback: 'rollbacks',
  gate: 'looks at gates',
  decision: 'decisions',
  delay: 'days, windows and freezes',
  plan: 'plans: accepted, approved',
  item: 'checklists',
  baseline: 'baselines',
  counter: 'counters',
  contingency: 'contingencies',
  effect: 'commands, queries and requests of steps',
  databases: 'looks at databases',
  shadow: 'shadow',
  confirm: 'looks after a rollback',
  migration: 'registration',
};

/** What happened, who did it and why, and whether the record of it is whole. */
export function Audit({ place }: ScreenProps) {
  const { query } = route.value;
  const filter: EventFilter = {
    actor: query.get('actor'),
    kind: query.get('kind'),
    repository: query.get('repository'),
    all: query.get('all') === 'true',
  };
  const isAdministrator = me.value?.permissions.includes('administer') === true;
  return (
    <>
      <Section title="Audit" aside={<Exports place={place} />}>
        <Chain place={place} />
        <Command text={commandFor(place, 'log')} />
        <Filters filter={filter} />
        <Log key={JSON.stringify(filter)} place={place} filter={filter} />
      </Section>
      {isAdministrator ? <AccessLog /> : null}
    </>
  );
}

/** Whether each event is the one that the next one was written behind. */
function Chain({ place }: { readonly place: Place }) {
  const { loaded, again } = useOnce<LogVerification>(about(place, 'log/verify'));
  const { value, error } = loaded.value;
  if (error !== null)
    return (
      <>
        <Failure error={error} />
        <button type="button" class="quiet" onClick={again}>
          check the chain again
        </button>
      </>
    );
  if (value === null) return <Waiting what="Reading the whole log to check its chain" />;
  const { ok, events, head, problems, at } = value;
  return (
    <div class="chain">
      <p>
        <Chip tone={ok ? 'pass' : 'fail'} text={ok ? 'the chain is whole' : 'THE CHAIN IS BROKEN'} /> to event{' '}
        {events}
        {head === '' ? null : (
          <>
            , <code>{head.slice(0, 12)}</code>
          </>
        )}
        , checked <When at={at} />{' '}
        <button type="button" class="quiet" onClick={again}>
          check again
        </button>
      </p>
      {problems.map(({ code, what }) => (
        <p key={code + what} class="failure">
          {code}: {what}
        </p>
      ))}
    </div>
  );
}

function Exports({ place }: { readonly place: Place }) {
  const error = useSignal<ApiError | null>(null);
  const save = async (format: 'json' | 'csv'): Promise<void> => {
    error.value = null;
    const name = `${place.migration}-${place.environment}-log.${format}`;
    await download(about(place, `log/export?format=${format}`), name).catch((cause: unknown) => {
      if (cause instanceof ApiError) error.value = cause;
    });
  };
  return (
    <div class="row">
      {(['json', 'csv'] as const).map((format) => (
        <button key={format} type="button" onClick={() => void save(format)}>
          The whole log as {format.toUpperCase()}
        </button>
      ))}
      {error.value === null ? null : <Failure error={error.value} />}
    </div>
  );
}

function Filters({ filter }: { readonly filter: EventFilter }) {
  const repositories = status.value?.exposure.map(({ repository }) => repository) ?? [];
  // What is typed stays while the page around it changes.
  const actor = useSignal(filter.actor ?? '');
  useEffect(() => void (actor.value = filter.actor ?? ''), [filter.actor]);
  return (
    <form class="event-filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        Who
        <input
          type="search"
          value={actor.value}
          placeholder="everybody"
          list="actors"
          onInput={(event) => (actor.value = event.currentTarget.value)}
          onChange={(event) => setQuery('actor', event.currentTarget.value.trim())}
        />
        <datalist id="actors">
          <option value="cutover">the controller</option>
          {me.value == null ? null : <option value={me.value.actor}>you</option>}
        </datalist>
      </label>
      <label>
        What
        <select value={filter.kind ?? ''} onChange={(event) => setQuery('kind', event.currentTarget.value)}>
          <option value="">everything</option>
          {filter.kind === null || filter.kind in KINDS ? null : (
            <option value={filter.kind}>{filter.kind}</option>
          )}
          {Object.entries(KINDS).map(([kind, words]) => (
            <option key={kind} value={kind}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        Repository
        <select
          value={filter.repository ?? ''}
          onChange={(event) => setQuery('repository', event.currentTarget.value)}
        >
          <option value="">every one</option>
          {filter.repository === null || repositories.includes(filter.repository) ? null : (
            <option value={filter.repository}>{filter.repository}</option>
          )}
          {repositories.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="tick">
        <input
          type="checkbox"
          checked={filter.all}
          onChange={(event) => setQuery('all', event.currentTarget.checked ? 'true' : null)}
        />
        also looks, and what only programs need
      </label>
    </form>
  );
}

/** The top of the page follows the log; further down, or with an event open, what is read stays where it is. */
const TOP_PX = 8;

function Log({ place, filter }: { readonly place: Place; readonly filter: EventFilter }) {
  const list = useRef<HTMLOListElement>(null);
  const isReading = (): boolean =>
    scrollY > TOP_PX ||
    list.current?.querySelector('details[open]') != null ||
    list.current?.contains(document.activeElement) === true;
  const { past, older, newest } = usePast(place, filter, isReading);
  const { events, before, head, held, isLoading, error } = past.value;
  const isFiltered = filter.actor !== null || filter.kind !== null || filter.repository !== null;
  const toNewest = (): void => {
    newest();
    scrollTo(0, 0);
  };
  return (
    <>
      <p role="status" class="held">
        {held === 0 ? null : (
          <button type="button" onClick={toNewest}>
            {held === 1 ? 'One newer event' : `${held} newer events`}: show
          </button>
        )}
      </p>
      <ol class="timeline" ref={list} aria-label="Events, newest first">
        {events.map((event) => (
          <EventEntry key={event.seq} event={event} />
        ))}
      </ol>
      {head === null ? (
        <Waiting what="Reading the log" failure={error} />
      ) : error === null ? null : (
        <Failure error={error} />
      )}
      {head !== null && events.length === 0 ? (
        <Empty>
          {isFiltered
            ? `No event ${before === null ? '' : `since #${before} `}fits what is asked for.`
            : 'Nothing has happened here yet. Whatever a person or the controller does is kept here, for good.'}
        </Empty>
      ) : null}
      <p class="row">
        {before === null ? (
          head === null || events.length === 0 ? null : (
            <span class="quiet">The log begins here.</span>
          )
        ) : (
          <button type="button" disabled={isLoading} onClick={older}>
            {isLoading ? 'Reading…' : `Before #${before}`}
          </button>
        )}
      </p>
    </>
  );
}

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ShownEvent } from '../../src/server/answers/event.ts';
import { about, get } from '../state/api.ts';
import { events, replacements } from '../state/live.ts';
import { pathTo, type Place } from '../state/router.ts';
import { Link } from './link.tsx';
import { Empty } from './page.tsx';
import { When } from './time.tsx';

const SHOWN = 5;

/** The newest events that people read, newest first. Between them may be a day of looks that passed. */
export function LastEvents({ place }: { readonly place: Place }) {
  const past = useSignal<readonly ShownEvent[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    past.value = [];
    get<{ readonly events: readonly ShownEvent[] }>(
      about(place, `log?lines=true&limit=${SHOWN}`),
      abort.signal,
    ).then(
      (log) => (past.value = log.events),
      // What comes by the stream is shown all the same.
      () => {},
    );
    return () => abort.abort();
  }, [place.migration, place.environment, replacements.value]);
  const all = new Map([...past.value, ...events.value].map((event) => [event.seq, event]));
  const last = [...all.values()].filter(({ text }) => text !== null).toSorted((a, b) => b.seq - a.seq);
  if (last.length === 0) return <Empty>Nothing was logged here lately that people read.</Empty>;
  return (
    <>
      <ol class="events">
        {last.slice(0, SHOWN).map(({ seq, at, text }) => (
          <li key={seq}>
            <When at={at} /> <span>{text}</span>
          </li>
        ))}
      </ol>
      <p>
        <Link to={pathTo(place, 'audit')}>All of the log</Link>
      </p>
    </>
  );
}

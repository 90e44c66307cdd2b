import type { ShownEvent } from '../../src/server/answers/event.ts';
import { utc } from './moment.ts';
import { DataTable } from './data-table.tsx';
import { When } from './time.tsx';

/** An event of the log: when, who, what, from what to what, why, and the hash that proves it. */
export function EventEntry({ event }: { readonly event: ShownEvent }) {
  const { seq, at, kind, text, actor, reason, changes, hash, prev, body } = event;
  return (
    <li class="entry">
      <p class="entry-when">
        <When at={at} />
        <span class="quiet">{utc(at)}</span>
      </p>
      <div>
        <p class="entry-text">{text ?? kind}</p>
        <p class="quiet">
          {actorText(actor)} · {kind} · #{seq}
        </p>
        {reason === null || text?.includes(reason) === true ? null : <p>Reason: {reason}</p>}
        {changes.length === 0 ? null : <Changes changes={changes} />}
        <details>
          <summary>
            Event {seq}, hash <code>{hash.slice(0, 12)}</code>
          </summary>
          <dl class="known">
            <dt>hash</dt>
            <dd>
              <code>{hash}</code>
            </dd>
            <dt>hash before</dt>
            <dd>
              <code>{prev === '' ? 'none: the first event' : prev}</code>
            </dd>
          </dl>
          <pre tabIndex={0} aria-label={`Event ${seq} as it is stored`}>
            {JSON.stringify(body, null, 2)}
          </pre>
        </details>
      </div>
    </li>
  );
}

/** Values that changed, in words; nothing of what stayed. */
export function Changes({ changes }: { readonly changes: ShownEvent['changes'] }) {
  const words = (value: string | null) => value ?? <span class="quiet">not there</span>;
  return (
    <DataTable
      label="What changed"
      columns={['where', 'before', 'after']}
      rows={changes.map(({ path, from, to }) => ({
        key: path,
        cells: [<code>{path}</code>, words(from), words(to)],
      }))}
    />
  );
}

/** The controller has a name of its own; everybody else is called what they proved or claimed. */
function actorText(actor: string | null): string {
  if (actor === null) return 'by whom is not kept';
  return actor === 'cutover' ? 'the controller' : actor;
}

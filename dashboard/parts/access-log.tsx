import type { AuditDocument, TokensDocument } from '../../src/server/routes/access.ts';
import { now } from '../state/now.ts';
import { useOnce } from '../state/once.ts';
import { Chip } from './chip.tsx';
import { utc } from './moment.ts';
import { Empty, Failure, Section } from './page.tsx';
import { DataTable } from './data-table.tsx';
import { When } from './time.tsx';

type Token = TokensDocument['tokens'][number];
type AccessEvent = AuditDocument['events'][number];

/** Who may reach the server at all, and who was refused: for administrators. */
export function AccessLog() {
  return (
    <>
      <Tokens />
      <Refusals />
    </>
  );
}

function Tokens() {
  const { loaded, again } = useOnce<TokensDocument>('/tokens');
  const { value, error } = loaded.value;
  return (
    <Section title="Tokens" aside={<Again onClick={again} />}>
      {error === null ? null : <Failure error={error} />}
      {value?.tokens.length === 0 ? (
        <Empty>
          Nobody has a token. <code>cutover token create</code> makes one; whoever came by the link or a proxy
          needs none.
        </Empty>
      ) : null}
      {value === null || value.tokens.length === 0 ? null : (
        <DataTable
          label="Tokens"
          columns={['name', 'stands', 'may', 'where', 'made', 'id']}
          rows={value.tokens.map((token) => ({
            key: token.id,
            cells: [
              token.name,
              <Standing token={token} />,
              `${token.roles.join(', ')}${token.approves === null ? '' : `, approves as ${token.approves.join(', ')}`}`,
              token.scopes?.join(', ') ?? 'everywhere',
              <>
                <When at={token.createdAt} /> by {token.createdBy}
              </>,
              <code>{token.id}</code>,
            ],
          }))}
        />
      )}
    </Section>
  );
}

function Standing({ token: { revoked, expiresAt } }: { readonly token: Token }) {
  if (revoked !== null)
    return (
      <>
        <Chip tone="none" text="revoked" /> <When at={revoked.at} /> by {revoked.actor}: {revoked.reason}
      </>
    );
  const isOver = expiresAt <= now.value;
  return (
    <>
      <Chip tone={isOver ? 'none' : 'busy'} text={isOver ? 'over' : 'open'} /> {isOver ? 'ended' : 'ends'}{' '}
      <When at={expiresAt} />
    </>
  );
}

function Refusals() {
  const { loaded, again } = useOnce<AuditDocument>('/audit?limit=100');
  const { value, error } = loaded.value;
  return (
    <Section title="Refusals and changes of tokens" aside={<Again onClick={again} />}>
      {error === null ? null : <Failure error={error} />}
      {value?.events.length === 0 ? <Empty>Nobody was refused, and no token was made.</Empty> : null}
      <ol class="timeline">
        {(value?.events ?? []).toReversed().map((event) => (
          <li key={event.seq} class="entry">
            <p class="entry-when">
              <When at={event.at} />
              <span class="quiet">{utc(event.at)}</span>
            </p>
            <div>
              {linesOf(event).map((line) => (
                <p key={line} class="entry-text">
                  {line}
                </p>
              ))}
              <p class="quiet">
                {event.kind} · #{event.seq} · <code>{event.hash.slice(0, 12)}</code>
              </p>
            </div>
          </li>
        ))}
      </ol>
      {value?.before == null ? null : (
        <p class="quiet">
          Older ones: <code>/api/v1/audit?before={value.before}</code>
        </p>
      )}
    </Section>
  );
}

function linesOf(event: AccessEvent): readonly string[] {
  switch (event.kind) {
    case 'token.created':
      return [
        `Token “${event.token.name}” (${event.token.roles.join(', ')}) made by ${event.actor}: ${event.reason}`,
      ];
    case 'token.revoked':
      return [`Token ${event.id} revoked by ${event.actor}: ${event.reason}`];
    case 'access.refused':
      return [
        ...event.refusals.map(
          ({ code, actor, address, method, path, count }) =>
            `${code}: ${method} ${path}, ${count === 1 ? 'once' : `${count} times`}, ${actor ?? 'nobody that is known'} from ${address}`,
        ),
        ...(event.more === 0 ? [] : [`and ${event.more} more`]),
      ];
  }
}

function Again({ onClick }: { readonly onClick: () => void }) {
  return (
    <button type="button" class="quiet" onClick={onClick}>
      read again
    </button>
  );
}

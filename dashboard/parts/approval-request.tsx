import type { WaitingDocument } from '../../src/server/routes/standing.ts';
import { Chip, toneOfColour, toneOfVerdict } from './chip.tsx';
import { utc } from './moment.ts';
import { Empty, Section } from './page.tsx';
import { Table } from './table.tsx';
import { When } from './time.tsx';

type Request = NonNullable<WaitingDocument['request']>;
type Seen = Request['rows'][number]['was'];

/** What people are asked on, as it was at that moment, and beside it what is different now. */
export function ApprovalRequest({ request }: { readonly request: Request }) {
  const { phase, at, planHash, isOpen, roles, exposure, checklists, changes } = request;
  const who = roles.map(({ role, because }) => `${role} (${because})`).join(', ');
  return (
    <Section
      title={`What “${phase.title}” was asked on`}
      aside={isOpen ? <Chip tone="busy" text="open" /> : <Chip tone="none" text="has begun since" />}
    >
      <p>
        Kept in the log when it was asked, <When at={at} /> ({utc(at)}), of {who}.
      </p>
      <dl class="known">
        <dt>Plan</dt>
        <dd>
          <code>{planHash.slice(0, 12)}</code>
        </dd>
        <dt>Exposure</dt>
        <dd>
          {exposure.length === 0
            ? 'It does not change with this phase.'
            : exposure.map(({ repository, text }) => (
                <div key={repository}>
                  {repository}: {text}
                </div>
              ))}
        </dd>
        {checklists.flatMap(({ checklist, items, open }) => [
          <dt key={`${checklist} name`}>“{checklist}”</dt>,
          <dd key={checklist}>
            {items - open.length} of {items} were confirmed
            {open.length === 0 ? '' : `; open: ${open.join('; ')}`}
          </dd>,
        ])}
        {phase.impact === null ? null : (
          <>
            <dt>Impact</dt>
            <dd>{phase.impact}</dd>
          </>
        )}
        <dt>Steps</dt>
        <dd>{phase.steps.join('; ')}</dd>
      </dl>
      {phase.pointOfNoReturn ? (
        <p>
          <Chip tone="warn" text="point of no return" /> Behind it flags do not go back; only the way back of
          the data does.
        </p>
      ) : null}
      <Verdicts request={request} />
      {!isOpen ? null : changes.length === 0 ? (
        <p>Beside these numbers nothing has changed since.</p>
      ) : (
        <>
          <h3>What is different now</h3>
          <ul>
            {changes.map(({ what, was, now }) => (
              <li key={what}>
                {what}: {was}, now <strong>{now}</strong>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

function Verdicts({ request }: { readonly request: Request }) {
  const { look, rows, isOpen } = request;
  if (rows.length === 0)
    return (
      <Empty>
        {look.was === null ? 'Nothing was judged when it was asked' : `${look.was.gate} had no row`}
        {isOpen ? ', and nothing is by now.' : '.'}
      </Empty>
    );
  return (
    <Table label="Verdicts then and now">
      <thead>
        <tr>
          <th scope="col">Row</th>
          <th scope="col" class="number">
            yellow
          </th>
          <th scope="col" class="number">
            red
          </th>
          <th scope="col">
            then <Judged look={look.was} />
          </th>
          {isOpen ? (
            <th scope="col">
              now <Judged look={look.now} />
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ title, yellow, red, was, now }) => (
          <tr key={title}>
            <th scope="row">{title}</th>
            <td class="number">{yellow}</td>
            <td class="number">{red}</td>
            <td>
              <SeenCell seen={was} />
            </td>
            {isOpen ? (
              <td>
                <SeenCell seen={now} />
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Judged({ look }: { readonly look: Request['look']['was'] }) {
  return look === null ? null : (
    <Chip tone={toneOfVerdict(look.verdict)} text={word(look.verdict)} title={utc(look.at)} />
  );
}

function SeenCell({ seen }: { readonly seen: Seen }) {
  if (seen === null) return <>not judged</>;
  const { verdict, colour, value, samples, reason } = seen;
  return (
    <>
      <Chip tone={toneOfColour(colour)} text={word(verdict)} title={reason} /> {value}{' '}
      <span class="quiet">of {samples.toLocaleString('en')}</span>
    </>
  );
}

function word(verdict: string): string {
  return verdict === 'insufficient' ? 'not enough data' : verdict;
}

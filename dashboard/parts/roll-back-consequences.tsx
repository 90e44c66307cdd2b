import type { RollbackPreview, StatusDocument } from '../../src/report/index.ts';
import { formatDuration } from '../../src/kernel/index.ts';
import { about } from '../state/api.ts';
import { status } from '../state/live.ts';
import { useLoaded } from '../state/loaded.ts';
import type { Place } from '../state/router.ts';
import { Failure } from './page.tsx';

/** What taking back would do now, by the server; while that is not heard, by what the page knows. */
export function Consequences(props: { readonly place: Place; readonly repository: string | null }) {
  const { place, repository } = props;
  const query = repository === null ? '' : `?repository=${encodeURIComponent(repository)}`;
  const { value, error } = useLoaded<RollbackPreview>(about(place, `rollback-preview${query}`)).value;
  if (value !== null) return <Previewed preview={value} />;
  const known = status.value;
  return (
    <div class="consequences">
      {error === null ? (
        <p class="quiet">Asking the server what would happen…</p>
      ) : (
        <p class="notice">
          What would happen could not be asked for: {error.message}. This is what the page knows.
        </p>
      )}
      {known === null ? null : <Known status={known} repository={repository} />}
    </div>
  );
}

function Previewed({ preview }: { readonly preview: RollbackPreview }) {
  const { refused, isTakenBack, repositories, irreversible, run, expected, budgetMs, instances } = preview;
  const { waitsFor, unverified } = instances;
  const [drain] = preview.strategies;
  const [first] = repositories;
  const isSame = repositories.every(({ reads, writes }) => reads === first?.reads && writes === first.writes);
  const same = isSame ? (first ?? null) : null;
  return (
    <div class="consequences">
      {refused === null ? null : <Failure error={refused} />}
      {isTakenBack ? (
        <p class="notice">It is taken back already. Asking again changes nothing, but for a hard kill.</p>
      ) : null}
      <Repositories of={repositories} isSame={same !== null} />
      <dl>
        {same === null ? null : (
          <>
            <dt>Reads then</dt>
            <dd>{same.reads}</dd>
            <dt>Writes then</dt>
            <dd>{same.writes}</dd>
          </>
        )}
        <dt>Lost</dt>
        <dd>{drain?.loses ?? 'Nothing: both implementations work on one database.'}</dd>
        <dt>Not taken back</dt>
        <dd>{irreversible.length === 0 ? 'Nothing that the plan knows of.' : <Lines of={irreversible} />}</dd>
        <dt>Takes</dt>
        <dd>
          {expected.text} {expected.from === 'budget' ? null : `The budget is ${formatDuration(budgetMs)}.`}
        </dd>
        <dt>Has to acknowledge</dt>
        <dd>{named(waitsFor)}</dd>
        {unverified.length === 0 ? null : (
          <>
            <dt>Not verified</dt>
            <dd>
              <Lines of={unverified.map(({ instance, why }) => `${instance}: ${why}`)} />
            </dd>
          </>
        )}
        {run === null ? null : (
          <>
            <dt>The run</dt>
            <dd>{run}</dd>
          </>
        )}
      </dl>
    </div>
  );
}

/** What is the same for all of them is said once, below. */
function Repositories(props: { readonly of: RollbackPreview['repositories']; readonly isSame: boolean }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="What happens to each repository">
      <table>
        <thead>
          <tr>
            <th scope="col">Repository</th>
            <th scope="col">Now</th>
            {props.isSame ? (
              <th scope="col">Then</th>
            ) : (
              <>
                <th scope="col">Reads then</th>
                <th scope="col">Writes then</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {props.of.map(({ repository, serves, set, reads, writes }) => (
            <tr key={repository}>
              <th scope="row">{repository}</th>
              <td>{servesText(serves, set)}</td>
              {props.isSame ? (
                <td>control</td>
              ) : (
                <>
                  <td>{reads}</td>
                  <td>{writes}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Known(props: { readonly status: StatusDocument; readonly repository: string | null }) {
  const { exposure, instances } = props.status;
  const taken = exposure.filter(
    ({ repository }) => props.repository === null || props.repository === repository,
  );
  const live = instances.filter(({ liveness }) => liveness !== 'gone').map(({ instance }) => instance);
  return (
    <>
      <ul>
        {taken.map(({ repository, set, killed }) => (
          <li key={repository}>
            {repository}: {killed ? 'control already' : `${servesText('both', set)} → control`}
          </li>
        ))}
      </ul>
      <p>Has to acknowledge: {named(live)}</p>
    </>
  );
}

function servesText(serves: 'control' | 'candidate' | 'both', set: number | null): string {
  const share = set === null ? 'no exposure set' : `set to ${set} %`;
  return serves === 'both' ? `candidate in part, ${share}` : `${serves}, ${share}`;
}

/** A thousand names are no text. */
const MOST_NAMES = 12;

function named(instances: readonly string[]): string {
  if (instances.length === 0) return 'No instance is known here, so nobody can confirm it.';
  const shown = instances.toSorted().slice(0, MOST_NAMES).join(', ');
  const rest = instances.length - MOST_NAMES;
  return `${instances.length}: ${shown}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** The first ones, which weigh the most; all of them for whoever asks. What has to be typed stays in view. */
const MOST_LINES = 3;

function Lines({ of }: { readonly of: readonly string[] }) {
  const rest = of.slice(MOST_LINES);
  const items = (lines: readonly string[]) => lines.map((line) => <li key={line}>{line}</li>);
  return (
    <>
      <ul>{items(of.slice(0, MOST_LINES))}</ul>
      {rest.length === 0 ? null : (
        <details>
          <summary>and {rest.length} more</summary>
          <ul>{items(rest)}</ul>
        </details>
      )}
    </>
  );
}

import type { MismatchesDocument } from '../../src/server/routes/mismatches.ts';
import { percentText } from '../state/figures.ts';
import { placeOf } from '../state/mismatch-text.ts';
import { pathTo, type Place } from '../state/router.ts';
import { Chip } from './chip.tsx';
import { Link } from './link.tsx';
import { Table } from './table.tsx';
import { When } from './time.tsx';

/** Further ones are not named. */
const MOST_INSTANCES = 100;

type Group = MismatchesDocument['groups'][number];

/** Groups of differences: what counts first, then the most frequent. */
export function MismatchGroups(props: {
  readonly groups: readonly Group[];
  readonly operations: MismatchesDocument['operations'];
  readonly place: Place;
  /** What stands behind `?`, so that the way back has the same filters. */
  readonly query: string;
}) {
  const { groups, operations, place, query } = props;
  const comparedOf = ({ repository, operation }: Group): number =>
    operations.find((one) => one.repository === repository && one.operation === operation)?.compared ?? 0;
  return (
    <Table label="Groups of mismatches" class="mismatches">
      <thead>
        <tr>
          <th scope="col">Counts</th>
          <th scope="col">Where</th>
          <th scope="col">Kind</th>
          <th scope="col" class="number">
            Times
          </th>
          <th scope="col" class="number">
            Of compared
          </th>
          <th scope="col" class="number">
            Instances
          </th>
          <th scope="col">First</th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => {
          const { id, repository, operation, kind, count, ignored, instances, firstAt, lastAt } = group;
          const compared = comparedOf(group);
          return (
            <tr key={`${id} ${ignored ?? ''}`}>
              <td>
                {ignored === undefined ? (
                  <Chip tone="warn" text="unexplained" />
                ) : (
                  <>
                    <Chip tone="none" text="explained" title={ignored} />
                    <br />
                    <span class="quiet">{ignored}</span>
                  </>
                )}
              </td>
              <th scope="row">
                <Link to={pathTo(place, `mismatches/${encodeURIComponent(id)}${query}`)}>
                  {repository}.{operation} {placeOf(group)}
                </Link>
                <br />
                <code class="quiet">{id}</code>
              </th>
              <td>{kind}</td>
              <td class="number">{count.toLocaleString('en')}</td>
              {/* Answers that could not be judged yet are counted in a group and not as compared. */}
              <td class="number">{count > compared ? '–' : percentText(count / compared)}</td>
              <td class="number">
                {instances.length < MOST_INSTANCES ? instances.length : `${MOST_INSTANCES} or more`}
              </td>
              <td>
                <When at={firstAt} />
              </td>
              <td>
                <When at={lastAt} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}

/** What was drawn for the shadow, by operation, and what became of it. */
export function ShadowedOperations({ operations }: Pick<MismatchesDocument, 'operations'>) {
  return (
    <Table label="Operations in the shadow">
      <thead>
        <tr>
          <th scope="col">Operation</th>
          <th scope="col" class="number">
            Drawn
          </th>
          <th scope="col" class="number">
            Compared
          </th>
          <th scope="col" class="number">
            Differ unexplained
          </th>
          <th scope="col">Not compared</th>
        </tr>
      </thead>
      <tbody>
        {operations.map((one) => (
          <tr key={`${one.repository}.${one.operation}`}>
            <th scope="row">
              {one.repository}.{one.operation}
            </th>
            <td class="number">{one.sampled.toLocaleString('en')}</td>
            <td class="number">{one.compared.toLocaleString('en')}</td>
            <td class="number">{one.different.toLocaleString('en')}</td>
            <td>{notComparedText(one)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

/** What was dropped, late or too large says nothing about answers. */
function notComparedText({ states, reasons }: MismatchesDocument['operations'][number]): string {
  const names = { dropped: 'dropped', timedOut: 'timed out', uncompared: 'not comparable' };
  const found = Object.entries(names).flatMap(([state, name]) =>
    states[state] === undefined ? [] : [`${states[state].toLocaleString('en')} ${name}`],
  );
  const why = Object.entries(reasons).map(([reason, count]) => `${count.toLocaleString('en')} ${reason}`);
  return [found.join(', ') || 'none', ...(why.length === 0 ? [] : [`(${why.join(', ')})`])].join(' ');
}

import type { StatusDocument } from '../../src/report/index.ts';
import { counted, rateText } from '../state/figures.ts';
import { Chip, type Tone } from './chip.tsx';
import { Empty } from './page.tsx';
import { p95Text, sideErrors } from './repository-table.tsx';
import { Table } from './table.tsx';

/** Endpoints and pages, by the side that served them. */
export function Requests({ status: { requests, recentMs } }: { readonly status: StatusDocument }) {
  return (
    <Table label="Endpoints and pages">
      <thead>
        <tr>
          <th scope="col">Endpoint</th>
          <th scope="col" class="number">
            Requests
          </th>
          <th scope="col" class="number">
            p95, control → candidate
          </th>
          <th scope="col" class="number">
            Errors, control → candidate
          </th>
          <th scope="col" class="number">
            Of neither side
          </th>
        </tr>
      </thead>
      <tbody>
        {requests.map(({ route, control, candidate, apart, aborted }) => (
          <tr key={route}>
            <th scope="row">{route}</th>
            <td class="number">{rateText(control.calls + candidate.calls + apart, recentMs)}</td>
            <td class="number">{p95Text(control, candidate)}</td>
            <td class="number">
              {sideErrors(control)} → {sideErrors(candidate)}
            </td>
            <td class="number">
              {apart}
              {aborted === 0 ? '' : `, ${aborted} aborted`}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

const LIVENESS: Readonly<Record<StatusDocument['instances'][number]['liveness'], Tone>> = {
  live: 'busy',
  unknown: 'none',
  gone: 'warn',
};
/** So many are shown; a fleet of hundreds is counted. */
const MOST_SHOWN = 50;

/** Instances: whether they live, and whether they serve by what is stored now. Those that do not come first. */
export function Instances({ status: { instances, routing } }: { readonly status: StatusDocument }) {
  if (instances.length === 0)
    return (
      <Empty>No instance has reported here. The agent in the application does, once it has its source.</Empty>
    );
  const epoch = routing?.epoch ?? 0;
  const isBehind = (one: StatusDocument['instances'][number]): boolean => one.acknowledged < epoch;
  const rank = (one: StatusDocument['instances'][number]): number =>
    (isBehind(one) ? 0 : 2) + (one.notes.length > 0 || one.liveness !== 'live' ? 0 : 1);
  const sorted = instances.toSorted((a, b) => rank(a) - rank(b) || (a.instance < b.instance ? -1 : 1));
  const live = instances.filter(({ liveness }) => liveness === 'live').length;
  const serving = instances.filter(({ candidate }) => candidate).length;
  const behind = instances.filter(isBehind).length;
  return (
    <>
      <p>
        {counted(instances.length, 'instance')}, {live} live, {serving} with the candidate;{' '}
        {behind === 0 ? `all acknowledged epoch ${epoch}` : `${behind} not at epoch ${epoch} yet`}.
      </p>
      <Table label="Instances">
        <thead>
          <tr>
            <th scope="col">Instance</th>
            <th scope="col">Is</th>
            <th scope="col">Serves</th>
            <th scope="col" class="number">
              Epoch
            </th>
            <th scope="col" class="number">
              Pins
            </th>
            <th scope="col">Notes</th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, MOST_SHOWN).map((one) => (
            <tr key={one.instance}>
              <th scope="row">{one.instance}</th>
              <td>
                <Chip tone={LIVENESS[one.liveness]} text={one.liveness} />
              </td>
              <td>{one.candidate ? 'candidate' : 'control'}</td>
              <td class="number">
                {one.acknowledged}
                {isBehind(one) ? ` of ${epoch}` : ''}
              </td>
              <td class="number">{one.pins}</td>
              <td>{one.notes.join('; ')}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      {sorted.length > MOST_SHOWN ? (
        <p class="quiet">and {sorted.length - MOST_SHOWN} more; `cutover status --json` has all of them</p>
      ) : null}
    </>
  );
}

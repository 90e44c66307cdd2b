import { useSignal } from '@preact/signals';
import type { Plan } from '../../src/plan/index.ts';
import type { SideStatus, StatusDocument } from '../../src/report/index.ts';
import { changeText, latencyText, percentText, rateText } from '../state/figures.ts';
import {
  errorShare,
  repositoryRows,
  sortedRows,
  type Column,
  type RepositoryRow,
} from '../state/repositories.ts';
import { pathTo, type Place } from '../state/router.ts';
import { Chip } from './chip.tsx';
import { Link } from './link.tsx';
import { SortHead, Table } from './table.tsx';
import { TrafficBar } from './traffic-bar.tsx';

const HEADS: readonly (readonly [column: Column, title: string, isNumber?: true])[] = [
  ['verdict', 'Verdict'],
  ['repository', 'Repository'],
  ['exposure', 'Traffic'],
  ['calls', 'Calls', true],
  ['p95', 'p95, control → candidate', true],
  ['errors', 'Errors, control → candidate', true],
  ['mismatches', 'Mismatches', true],
];

/** Each repository: what it was set to, what it does, and what the gate says of it. The worst is on top. */
export function RepositoryTable(props: {
  readonly status: StatusDocument;
  readonly plan: Plan | null;
  readonly place: Place;
}) {
  const { status, plan, place } = props;
  const sorted = useSignal<{ readonly by: Column; readonly isReversed: boolean }>({
    by: 'verdict',
    isReversed: false,
  });
  const { by, isReversed } = sorted.value;
  const rows = sortedRows(repositoryRows(status, plan), by, isReversed);
  return (
    <Table label="Repositories" class="repositories">
      <thead>
        <tr>
          {HEADS.map(([column, title, isNumber]) => (
            <SortHead
              key={column}
              column={column}
              sorted={sorted.value}
              onSort={(next) => (sorted.value = next)}
              number={isNumber === true}
            >
              {title}
            </SortHead>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.repository} row={row} recentMs={status.recentMs} place={place} />
        ))}
      </tbody>
    </Table>
  );
}

function Row(props: { readonly row: RepositoryRow; readonly recentMs: number; readonly place: Place }) {
  const { row, recentMs, place } = props;
  const { repository, control, candidate, decides, killed, verdict, shadow } = row;
  return (
    <tr>
      <td>
        <Chip tone={verdict.tone} text={verdict.text} title={verdict.reason} />
        <br />
        <span class="quiet">{verdict.reason}</span>
      </td>
      <th scope="row">
        <Link to={pathTo(place, `repositories/${encodeURIComponent(repository)}`)}>{repository}</Link>
        <br />
        <span class="quiet">
          {killed ? 'killed' : decides === 'global' ? 'by the global flag' : 'by its own flag'}
        </span>
      </th>
      <td>
        <TrafficBar of={row} />
      </td>
      <td class="number">{rateText(control.calls + candidate.calls, recentMs)}</td>
      <td class="number">{p95Text(control, candidate)}</td>
      <td class="number">
        {sideErrors(control)} → {sideErrors(candidate)}
      </td>
      <td class="number">{mismatchText(shadow)}</td>
    </tr>
  );
}

export function p95Text(control: SideStatus, candidate: SideStatus): string {
  const side = ({ p95Ms }: SideStatus): string => (p95Ms === null ? '–' : latencyText(p95Ms));
  const both = control.p95Ms !== null && candidate.p95Ms !== null;
  const change = both ? changeText(control.p95Ms, candidate.p95Ms) : '';
  return `${side(control)} → ${side(candidate)}${change === '' ? '' : ` (${change})`}`;
}

export function sideErrors(side: SideStatus): string {
  return side.calls === 0 ? '–' : percentText(errorShare(side));
}

function mismatchText(shadow: RepositoryRow['shadow']): string {
  if (shadow === null) return 'no shadow';
  if (shadow.compared === 0) return 'nothing compared';
  return `${percentText(shadow.differed / shadow.compared)} of ${shadow.compared.toLocaleString('en')}`;
}

import { useSignal } from '@preact/signals';
import type { SeriesDocument } from '../../src/server/routes/charts.ts';
import { shareOf } from '../charts/limits.ts';
import { changeText, percentText, valueText } from '../charts/values.ts';
import { Empty, Section } from './page.tsx';

type Operation = SeriesDocument['operations'][number];
type Column = 'operation' | 'calls' | 'errors' | 'p95' | 'mismatches';

const COLUMNS: readonly {
  readonly id: Column;
  readonly title: string;
  readonly of: (one: Operation) => number;
}[] = [
  { id: 'calls', title: 'Calls', of: callsOf },
  { id: 'errors', title: 'Errors', of: ({ candidate }) => shareOf(candidate.errors, candidate.calls) ?? -1 },
  { id: 'p95', title: 'p95', of: ({ control, candidate }) => ratio(control.p95, candidate.p95) },
  {
    id: 'mismatches',
    title: 'Mismatches',
    of: ({ mismatched, compared }) => shareOf(mismatched, compared) ?? -1,
  },
];

/** Each operation over all that is shown, control against candidate. */
export function Operations({ operations }: { readonly operations: readonly Operation[] }) {
  const by = useSignal<Column>('calls');
  const column = COLUMNS.find(({ id }) => id === by.value);
  const sorted =
    column === undefined
      ? operations.toSorted((a, b) => a.operation.localeCompare(b.operation))
      : operations.toSorted((a, b) => column.of(b) - column.of(a));
  return (
    <Section title="Operations, over all that is shown">
      {operations.length === 0 ? (
        <Empty>No operation was called in this time. Calls of the application fill this.</Empty>
      ) : (
        <table class="stacked" role="table">
          <thead role="rowgroup">
            <tr role="row">
              <Heading id="operation" title="Operation" by={by} />
              {COLUMNS.map(({ id, title }) => (
                <Heading key={id} id={id} title={title} by={by} />
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {sorted.map((one) => (
              <Row key={one.operation} one={one} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Heading(props: { readonly id: Column; readonly title: string; readonly by: { value: Column } }) {
  const { id, title, by } = props;
  const isSorted = by.value === id;
  const order = id === 'operation' ? 'ascending' : 'descending';
  return (
    <th
      scope="col"
      role="columnheader"
      class={id === 'operation' ? '' : 'number'}
      aria-sort={isSorted ? order : 'none'}
    >
      <button type="button" class="sort" onClick={() => (by.value = id)}>
        {title}
        <span aria-hidden="true">{isSorted ? (order === 'ascending' ? ' ▴' : ' ▾') : ''}</span>
      </button>
    </th>
  );
}

function Row({ one }: { readonly one: Operation }) {
  const { operation, control, candidate, compared, mismatched } = one;
  const change = changeText(control.p95, candidate.p95);
  const rate = (side: Operation['control']): string => {
    const share = shareOf(side.errors, side.calls);
    return share === null ? '–' : percentText(share);
  };
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        <code>{operation}</code>
      </th>
      <td class="number" role="cell" data-label="Calls">
        <Sides
          control={control.calls.toLocaleString('en')}
          candidate={candidate.calls.toLocaleString('en')}
        />
      </td>
      <td class="number" role="cell" data-label="Errors">
        <Sides control={rate(control)} candidate={rate(candidate)} />
      </td>
      <td class="number" role="cell" data-label="p95">
        <Sides control={valueText('ms', control.p95)} candidate={valueText('ms', candidate.p95)} />
        {change === null ? null : <small> {change}</small>}
      </td>
      <td class="number" role="cell" data-label="Mismatches">
        {compared === 0 ? 'not compared' : `${mismatched} of ${compared.toLocaleString('en')}`}
      </td>
    </tr>
  );
}

/** Control first, then the candidate: by word for whoever does not see the colours. */
function Sides({ control, candidate }: { readonly control: string; readonly candidate: string }) {
  return (
    <span class="sides">
      <span class="sr-only">control </span>
      <span data-side="control">{control}</span>
      <span aria-hidden="true"> → </span>
      <span class="sr-only">, candidate </span>
      <span data-side="candidate">{candidate}</span>
    </span>
  );
}

function callsOf({ control, candidate }: Operation): number {
  return control.calls + candidate.calls;
}

function ratio(from: number | null, to: number | null): number {
  return from === null || to === null || from === 0 ? -1 : to / from;
}

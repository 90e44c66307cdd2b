import { useSignal } from '@preact/signals';
import type { DecisionDocument } from '../../src/server/routes/deciding.ts';
import { about, ApiError, get } from '../state/api.ts';
import { pathTo, type Place } from '../state/router.ts';
import { Chip, toneOfColour, type Tone } from './chip.tsx';
import { Link } from './link.tsx';
import { Empty } from './page.tsx';
import { age } from './time.tsx';

type Row = DecisionDocument['rows'][number];
type Cell = Row['cells'][number];

/** Rows by repositories. The verdict is the row's, over all of them; a cell says where one repository's own number lies. */
export function Matrix({ shown, place }: { readonly shown: DecisionDocument; readonly place: Place }) {
  const { rows, columns } = shown;
  if (rows.length === 0) return <Empty>The plan's matrix has no row for this phase.</Empty>;
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label="Rows by repositories">
        <table class="stacked matrix" role="table">
          <caption class="sr-only">
            Rows of the matrix, with their verdict and each repository's own number
          </caption>
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader">
                Row
              </th>
              <th scope="col" role="columnheader">
                Verdict
              </th>
              {columns.map((name) => (
                <th scope="col" role="columnheader" key={name}>
                  <Link to={pathTo(place, `repositories/${name}`)}>{name}</Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rows.map((row) => (
              <tr role="row" key={row.title}>
                <th scope="row" role="rowheader">
                  {row.title}
                  <small>
                    {againstText(row)}
                    {row.yellow === row.red ? '' : ` · yellow ${row.yellow}`} · red {row.red} → {row.onRed}
                  </small>
                </th>
                <td role="cell" data-label="Verdict">
                  <Judged row={row} place={place} phase={shown.phase.id} windowMs={shown.windowMs} />
                </td>
                {row.cells.length === 0 ? (
                  <td role="cell" class="quiet" colSpan={columns.length} data-label="Repositories">
                    not of repositories: {OF[row.of]}
                  </td>
                ) : (
                  row.cells.map((cell) => (
                    <td role="cell" key={cell.repository} data-label={cell.repository}>
                      <Own cell={cell} minSamples={row.minSamples} />
                    </td>
                  ))
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        A verdict is of a row, over all of its repositories. Numbers of single repositories are of about the
        same window, and only say where they lie.
      </p>
    </>
  );
}

const OF = {
  calls: 'counted over all calls',
  processes: 'measured of processes',
  facts: 'counted or asked as a whole',
} as const;

function Judged(props: {
  readonly row: Row;
  readonly place: Place;
  readonly phase: string;
  readonly windowMs: number;
}) {
  const { row, place, phase, windowMs } = props;
  const isUnknown = row.verdict === 'insufficient' && row.colour === 'none';
  const word = row.colour === 'yellow' ? 'yellow' : isUnknown ? 'not enough data' : row.verdict;
  return (
    <>
      <Chip tone={toneOfColour(row.colour)} text={word} title={row.verdict} />
      <span class="measured">
        <strong>{row.value}</strong> of {row.samples.toLocaleString('en')} samples in {age(windowMs)}
      </span>
      <small>{row.reason}</small>
      {row.verdict === 'not looked at' ? null : <Why title={row.title} place={place} phase={phase} />}
    </>
  );
}

const LEVELS: Readonly<Record<Cell['level'], { readonly tone: Tone; readonly word: string }>> = {
  within: { tone: 'none', word: 'within' },
  yellow: { tone: 'warn', word: 'beyond yellow' },
  red: { tone: 'fail', word: 'beyond red' },
  'no data': { tone: 'none', word: 'not enough data' },
  'not applicable': { tone: 'none', word: 'not applicable' },
};

function Own({ cell, minSamples }: { readonly cell: Cell; readonly minSamples: number }) {
  const { level, value, reference, samples } = cell;
  const { tone, word } = LEVELS[level];
  if (level === 'not applicable') return <span class="quiet">{word}</span>;
  return (
    <>
      <span class="measured">
        <strong>{value}</strong>
        {reference === null ? null : <span class="quiet"> against {reference}</span>}
      </span>
      <small>
        {level === 'no data'
          ? `${samples} of ${minSamples} samples`
          : `${samples.toLocaleString('en')} samples`}
      </small>
      <Chip tone={tone} text={word} />
    </>
  );
}

function againstText({ against, metric }: Row): string {
  const of = { value: '', baseline: ' against the baseline', control: ' against control', hour: ' an hour' };
  return `${metric}${of[against as keyof typeof of] ?? ''}`;
}

/** Asks the judge what would change its mind, when somebody wants to know. */
function Why({
  title,
  place,
  phase,
}: {
  readonly title: string;
  readonly place: Place;
  readonly phase: string;
}) {
  const told = useSignal<readonly string[] | null>(null);
  const ask = async (): Promise<void> => {
    const path = about(place, `decision?explain=true&phase=${encodeURIComponent(phase)}`);
    try {
      const { rows } = await get<DecisionDocument>(path);
      const explained = rows.find((row) => row.title === title)?.explanation ?? null;
      told.value = explained === null ? ['Only the last look of a run can be asked.'] : whyLines(explained);
    } catch (error) {
      if (error instanceof ApiError) told.value = [error.message];
    }
  };
  return (
    <details onToggle={({ currentTarget }) => void (currentTarget.open && ask())}>
      <summary>What would change it</summary>
      {told.value === null ? (
        <p class="quiet">Asking the judge…</p>
      ) : (
        <ul>
          {told.value.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </details>
  );
}

type Explanation = NonNullable<Row['explanation']>;

function whyLines({ evidence, redByHits, greenAfterLooks, counted }: Explanation): readonly string[] {
  const lines = [
    ...(counted === null
      ? []
      : [
          `Last look: ${counted.candidate[0]} of ${counted.candidate[1]} of the candidate beyond the limit, ${counted.control[0]} of ${counted.control[1]} of control.`,
        ]),
    ...(evidence === null
      ? ['Judged by looks in a row, which is weaker than evidence.']
      : [
          `Evidence that it is beyond red ${times(evidence.beyond)}, ${times(evidence.needed)} needed; that it is within ${times(evidence.fine)}, ${times(evidence.fineNeeded)} needed.`,
        ]),
    ...(redByHits === null
      ? []
      : [`Red at once with ${redByHits.hits} of ${redByHits.of} beyond the limit in one look.`]),
    ...(greenAfterLooks === null || greenAfterLooks === 0
      ? []
      : [`Green after ${greenAfterLooks} more looks like the last.`]),
  ];
  return lines;
}

function times(amount: number): string {
  return `${amount >= 100 ? Math.round(amount) : Number(amount.toPrecision(2))}x`;
}

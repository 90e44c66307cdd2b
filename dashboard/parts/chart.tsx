import { useSignal, type Signal } from '@preact/signals';
import { lastOf, summaryOf, type Chart as Shown, type Line } from '../charts/chart.ts';
import { formatDuration } from '../../src/kernel/index.ts';
import { momentText, valueText } from '../charts/values.ts';
import { Empty } from './page.tsx';
import { Plot, type Background } from './plot.tsx';

/**
 * Lines over time with the same in words and as a table: a picture says nothing to whoever cannot see it.
 *
 * @param cursor the stretch of time that is pointed at
 */
export function Chart(props: {
  readonly chart: Shown;
  readonly bucketMs: number;
  readonly background: Background;
  readonly cursor: Signal<number | null>;
}) {
  const { chart, bucketMs, cursor, background } = props;
  const spanMs = background.to - background.from;
  const id = `chart-${chart.id}`;
  return (
    <figure class="chart card" aria-labelledby={id}>
      <h2 id={id}>{chart.title}</h2>
      <p class="sr-only">{summaryOf(chart)}</p>
      {chart.empty === null ? (
        <>
          <Plot {...props} />
          <Legend chart={chart} cursor={cursor} spanMs={spanMs} />
          <Table chart={chart} bucketMs={bucketMs} spanMs={spanMs} />
        </>
      ) : (
        <Empty>{chart.empty}</Empty>
      )}
    </figure>
  );
}

/** Each line with its number where the cursor is, else its newest. */
function Legend({
  chart,
  cursor,
  spanMs,
}: Pick<Parameters<typeof Chart>[0], 'chart' | 'cursor'> & { readonly spanMs: number }) {
  const at = cursor.value;
  const time = at === null ? undefined : chart.times[at];
  const value = (line: Line): number | null =>
    at === null || time === undefined ? lastOf(line) : (line.points[at] ?? null);
  return (
    <div class="legend">
      <span class="legend-time">{time === undefined ? 'newest' : `${momentText(time, spanMs)} UTC`}</span>
      <ul class="lines">
        {chart.lines.map((line) => (
          <li key={line.label}>
            <span class="swatch" data-tone={line.tone} data-dash={line.dash ?? 'none'} aria-hidden="true" />
            {line.label} <strong>{valueText(chart.unit, value(line))}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The numbers themselves, newest first. Made only when somebody opens it. */
function Table({
  chart,
  bucketMs,
  spanMs,
}: Pick<Parameters<typeof Chart>[0], 'chart' | 'bucketMs'> & { readonly spanMs: number }) {
  const isOpen = useSignal(false);
  return (
    <details onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
      <summary>The same as a table</summary>
      {isOpen.value ? (
        <div class="scroll" tabIndex={0} role="region" aria-label={`${chart.title}, table`}>
          <table>
            <caption class="sr-only">
              {chart.title}, in stretches of {formatDuration(bucketMs)}
            </caption>
            <thead>
              <tr>
                <th scope="col">UTC</th>
                {chart.lines.map(({ label }) => (
                  <th scope="col" class="number" key={label}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {chart.times
                .map((at, index) => (
                  <tr key={at}>
                    <th scope="row">{momentText(at, spanMs)}</th>
                    {chart.lines.map(({ label, points }) => (
                      <td class="number" key={label}>
                        {valueText(chart.unit, points[index])}
                      </td>
                    ))}
                  </tr>
                ))
                .reverse()}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  );
}

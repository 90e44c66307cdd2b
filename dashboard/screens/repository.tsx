import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { SeriesDocument } from '../../src/server/routes/charts.ts';
import { isDrawnMark, marksOf, SIGNS } from '../charts/marks.ts';
import { keptText } from '../charts/kept.ts';
import { repositoryCharts } from '../charts/repository.ts';
import { Chart } from '../parts/chart.tsx';
import { Link } from '../parts/link.tsx';
import { Operations } from '../parts/operations.tsx';
import { Empty, Failure, Section } from '../parts/page.tsx';
import type { Background } from '../parts/plot.tsx';
import { RepositoryActions } from '../parts/repository-actions.tsx';
import { RoutingRule } from '../parts/routing-rule.tsx';
import { When } from '../parts/time.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { about } from '../state/api.ts';
import { useLoaded } from '../state/loaded.ts';
import { status } from '../state/live.ts';
import { pathTo, route, setQuery, type Place } from '../state/router.ts';
import type { ScreenProps } from './screen.ts';

/** Reports come once a second, and records of them once a minute. Milliseconds. */
const EVERY_MS = 5_000;
const EVERY_MINUTE_MS = 30_000;

/** Ranges by what the address says. */
const RANGES = [
  { name: 'recent', text: 'last hour of the run', query: '', everyMs: EVERY_MS },
  { name: '5m', text: '5 minutes', query: '&last=300000', everyMs: EVERY_MS },
  { name: '15m', text: '15 minutes', query: '&last=900000', everyMs: EVERY_MS },
  { name: '1h', text: '1 hour', query: '&last=3600000', everyMs: EVERY_MS },
  { name: '6h', text: '6 hours', query: '&last=21600000', everyMs: EVERY_MINUTE_MS },
  { name: '24h', text: '24 hours', query: '&last=86400000', everyMs: EVERY_MINUTE_MS },
  { name: 'phase', text: 'this phase', query: '&range=phase', everyMs: EVERY_MINUTE_MS },
  { name: 'run', text: 'the whole run', query: '&range=run', everyMs: EVERY_MINUTE_MS },
] as const;

/** How one repository does on both sides, over time. */
export function Repository({ place, rest }: ScreenProps) {
  const { query } = route.value;
  const names = status.value?.exposure.map(({ repository }) => repository) ?? [];
  const name = rest === '' ? names[0] : rest;
  if (name === undefined) return <Empty>The plan names no repository.</Empty>;
  const range = RANGES.find((one) => one.name === query.get('range')) ?? RANGES[0];
  return (
    <>
      <div class="bar">
        <nav aria-label="Repositories">
          <ul class="tabs">
            {names.map((one) => (
              <li key={one}>
                <Link to={pathTo(place, `repositories/${one}`)} current={one === name}>
                  {one}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <label class="inline">
          Shown
          <select
            value={range.name}
            onChange={({ currentTarget }) =>
              setQuery('range', currentTarget.value === RANGES[0].name ? null : currentTarget.value)
            }
          >
            {RANGES.map((one) => (
              <option key={one.name} value={one.name}>
                {one.text}
              </option>
            ))}
          </select>
        </label>
      </div>
      {names.includes(name) ? (
        <Charts key={name} place={place} name={name} range={range} />
      ) : (
        <Empty>
          There is no repository “{name}” in this plan. It has {names.join(', ')}.
        </Empty>
      )}
    </>
  );
}

function Charts({ place, name, range }: { place: Place; name: string; range: (typeof RANGES)[number] }) {
  const path = about(place, `series?repository=${encodeURIComponent(name)}${range.query}`);
  const { value, error } = useLoaded<SeriesDocument>(path, range.everyMs).value;
  const cursor = useSignal<number | null>(null);
  const repository = value?.repositories[0];
  const charts = useMemo(
    () => (value === null || repository === undefined ? [] : repositoryCharts(value, repository)),
    [value],
  );
  const background = useMemo(() => backgroundOf(value, name), [value, name]);
  if (value === null) return <Waiting what="Reading telemetry" failure={error} />;
  return (
    <>
      {error === null ? null : <Failure error={error} />}
      <RoutingRule
        routing={value.routing}
        repository={name}
        actual={status.value?.exposure.find((one) => one.repository === name)?.actual ?? null}
      />
      <RepositoryActions place={place} repository={name} />
      <div class="charts">
        {charts.map((chart) => (
          <Chart
            key={chart.id}
            chart={chart}
            bucketMs={value.bucketMs}
            background={background}
            cursor={cursor}
          />
        ))}
      </div>
      <p class="quiet">{keptText(value)}</p>
      <Operations operations={value.operations} />
      <Happened markers={marksOf(value.markers, name)} />
    </>
  );
}

function backgroundOf(value: SeriesDocument | null, name: string): Background {
  if (value === null) return { from: 0, to: 1, bands: [], marks: [] };
  const { from, to, bands, markers } = value;
  return { from, to, bands, marks: marksOf(markers, name).filter(isDrawnMark) };
}

/** What the marks in the charts are, newest first. */
function Happened({ markers }: { readonly markers: readonly SeriesDocument['markers'][number][] }) {
  return (
    <Section title="What happened meanwhile">
      {markers.length === 0 ? (
        <Empty>No step, pause or rollback lies in this time.</Empty>
      ) : (
        <ol class="happened">
          {markers.toReversed().map(({ seq, at, kind, text }) => (
            <li key={seq}>
              <span class="mark" data-kind={kind}>
                <span aria-hidden="true">{SIGNS[kind]?.sign ?? '·'}</span> {SIGNS[kind]?.word ?? kind}
              </span>
              <span>{text}</span>
              <When at={at} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

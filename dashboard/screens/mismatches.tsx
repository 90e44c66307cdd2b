import type { Plan } from '../../src/plan/index.ts';
import type { ExplainedDocument, MismatchesDocument } from '../../src/server/routes/mismatches.ts';
import { Chip, toneOfColour } from '../parts/chip.tsx';
import { Link } from '../parts/link.tsx';
import { MismatchDetail } from '../parts/mismatch-detail.tsx';
import { MismatchGroups, ShadowedOperations } from '../parts/mismatch-groups.tsx';
import { Empty, Failure, Section } from '../parts/page.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { about } from '../state/api.ts';
import { percentText } from '../state/figures.ts';
import { status } from '../state/live.ts';
import { useLoaded } from '../state/loaded.ts';
import { choicesOf, filtered, filterFrom, FILTERS, type Filter } from '../state/mismatch-filter.ts';
import { useMismatches } from '../state/mismatches.ts';
import { usePlan } from '../state/plan.ts';
import { wordOf } from '../state/repositories.ts';
import { pathTo, route, setQuery, type Place } from '../state/router.ts';
import type { ScreenProps } from './screen.ts';

/** Where both sides answer differently, and what of it nobody has explained. */
export function Mismatches({ place, rest: id }: ScreenProps) {
  const { value, error } = useMismatches(place).value;
  const plan = usePlan(place);
  if (value === null) return <Waiting what="Reading what the shadow found" failure={error} />;
  return (
    <>
      <h1 class="sr-only">Mismatches</h1>
      {error === null ? null : <Failure error={error} />}
      <Unexplained found={value} plan={plan} />
      {id === '' ? <List found={value} place={place} /> : <One found={value} place={place} id={id} />}
    </>
  );
}

/** The number that a gate reads. */
function Unexplained({ found, plan }: { readonly found: MismatchesDocument; readonly plan: Plan | null }) {
  const { compared, different } = found;
  return (
    <Section title="Unexplained">
      {compared === 0 ? (
        <Empty>
          {found.operations.length === 0
            ? 'The shadow is off, or nothing ran in it yet: no answer was compared. A step of the plan, { kind: "shadow", sample: 5 }, turns it on.'
            : 'Reads were drawn for the shadow, and no answer could be compared yet.'}
        </Empty>
      ) : (
        <p>
          <strong class="figure">{different.toLocaleString('en')}</strong> of {compared.toLocaleString('en')}{' '}
          compared answers differ, and nothing explains it ({percentText(different / compared)}).
        </p>
      )}
      <GateRows plan={plan} />
    </Section>
  );
}

/** What rows on mismatches said last. They see their window, not the whole run. */
function GateRows({ plan }: { readonly plan: Plan | null }) {
  const gate = status.value?.gate ?? null;
  if (plan === null || gate === null) return null;
  const titles = Object.values(plan.gates)
    .flat()
    .filter(({ metric }) => plan.metrics[metric]?.kind === 'mismatchRate')
    .map(({ title }) => title);
  const rows = gate.rows.filter(({ title }) =>
    titles.some((one) => one === title || `${gate.name}: ${one}` === title),
  );
  if (rows.length === 0) return <p class="quiet">No row of the gate that is looked at now reads it.</p>;
  return (
    <ul class="gate-rows">
      {rows.map((row) => (
        <li key={row.title}>
          <Chip
            tone={row.verdict === 'pass' || row.verdict === 'fail' ? toneOfColour(row.colour) : 'none'}
            text={wordOf(row)}
          />{' '}
          {row.title}: {row.value}, red beyond {row.red}, {row.samples.toLocaleString('en')} compared in its
          window
        </li>
      ))}
    </ul>
  );
}

function List({ found, place }: { readonly found: MismatchesDocument; readonly place: Place }) {
  const { query } = route.value;
  const filter = filterFrom(query);
  const groups = filtered(found.groups, filter);
  const isFiltered = FILTERS.some((name) => filter[name] !== '');
  return (
    <>
      <Section title="Groups">
        <Filters found={found} filter={filter} />
        {groups.length > 0 ? (
          <MismatchGroups
            groups={groups}
            operations={found.operations}
            place={place}
            query={isFiltered ? `?${query}` : ''}
          />
        ) : isFiltered ? (
          <Empty>
            None is like this. <Link to={pathTo(place, 'mismatches')}>Show all</Link>
          </Empty>
        ) : (
          <Empty>
            {found.compared === 0
              ? 'Groups appear once answers were compared and differed.'
              : `Nothing was found in ${found.compared.toLocaleString('en')} comparisons.`}
          </Empty>
        )}
      </Section>
      {found.operations.length === 0 ? null : (
        <Section title="Operations in the shadow">
          <ShadowedOperations operations={found.operations} />
          <p class="quiet">Since the newest run began.</p>
        </Section>
      )}
    </>
  );
}

function Filters({ found, filter }: { readonly found: MismatchesDocument; readonly filter: Filter }) {
  const choices = choicesOf(found.groups, filter);
  return (
    <div class="filters">
      {FILTERS.map((name) => (
        <label key={name}>
          {name === 'counts' ? 'explained' : name}
          <select value={filter[name]} onChange={(event) => setQuery(name, event.currentTarget.value)}>
            <option value="">all</option>
            {choices[name].map((choice) => (
              <option key={choice} value={choice}>
                {choice}
              </option>
            ))}
          </select>
        </label>
      ))}
    </div>
  );
}

function One(props: { readonly found: MismatchesDocument; readonly place: Place; readonly id: string }) {
  const { found, place, id } = props;
  const asked = about(place, `mismatches/explained?id=${encodeURIComponent(id)}`);
  const { value, error } = useLoaded<ExplainedDocument>(asked).value;
  const { query } = route.value;
  const back = pathTo(place, `mismatches${query.size === 0 ? '' : `?${query}`}`);
  return (
    <>
      <p>
        <Link to={back}>← all groups</Link>
      </p>
      {error === null ? null : <Failure error={error} />}
      {value === null ? (
        <Waiting what="Reading why" />
      ) : value.explained.length === 0 ? (
        <Empty>There is no mismatch {id} in the newest run.</Empty>
      ) : (
        value.explained.map((explained) => (
          <MismatchDetail
            key={explained.group.ignored ?? ''}
            explained={explained}
            rules={rulesOf(found, explained.group)}
            place={place}
          />
        ))
      )}
    </>
  );
}

function rulesOf(
  { operations }: MismatchesDocument,
  { repository, operation }: { readonly repository: string; readonly operation: string },
) {
  const of = operations.find((one) => one.repository === repository && one.operation === operation);
  return of?.rules?.ignore ?? [];
}

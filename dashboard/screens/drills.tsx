import { formatDuration } from '../../src/kernel/index.ts';
import type { PlanDocument } from '../../src/server/routes/plan.ts';
import type { SummaryDocument } from '../../src/server/routes/summary.ts';
import { Command } from '../parts/command.tsx';
import { Empty, Failure, Section } from '../parts/page.tsx';
import { DatabaseTable, RollbackTable } from '../parts/rollback-table.tsx';
import { about } from '../state/api.ts';
import { useLoaded } from '../state/loaded.ts';
import { useOnce } from '../state/once.ts';
import type { Place } from '../state/router.ts';
import type { ScreenProps } from './screen.ts';

/** What is known of the way back: rollbacks that really happened, and what databases said of themselves. */
export function Drills({ place }: ScreenProps) {
  const summary = useLoaded<SummaryDocument>(about(place, 'summary')).value;
  const planned = useLoaded<PlanDocument>(about(place, 'plan')).value;
  const error = summary.error ?? planned.error;
  if (summary.value === null || planned.value === null)
    return error === null ? <Empty>Reading the log…</Empty> : <Failure error={error} />;
  const { plan } = planned.value;
  const others = plan.environments.filter(({ name }) => name !== place.environment);
  const budget = formatDuration(plan.rollback.budgetMs);
  return (
    <>
      <Section title={`Rollbacks in ${place.environment}`}>
        <p>Each one was the real thing and is timed to the last acknowledgement. The plan allows {budget}.</p>
        <Rollbacks summary={summary.value} environment={place.environment} />
      </Section>
      {others.map(({ name }) => (
        <Elsewhere key={name} place={{ ...place, environment: name }} />
      ))}
      <Section title={`Databases in ${place.environment}, by their own checks`}>
        {summary.value.databases.length > 0 ? (
          <DatabaseTable looks={summary.value.databases} />
        ) : (
          <Empty>
            {Object.values(plan.databases).every(({ check }) => check === 'off')
              ? 'The plan has no database that is looked at. Those under databases in the configuration are, before the first exposure, after the last step and after a rollback.'
              : 'No database was looked at yet. It is done before the first exposure of a run, after its last step and after a rollback.'}
          </Empty>
        )}
      </Section>
      <Section title="Backups and restores">
        <Empty>
          This version makes no backup of your databases and tries no restore, so it cannot say whether you
          have one. An item of a checklist can ask a person for it before a phase begins. What is kept by this
          command is the state of cutover itself, where that is a file; not your data:
        </Empty>
        <Command text="cutover state backup state-copy.db" />
      </Section>
    </>
  );
}

/** Another environment is where a rollback is rehearsed, if it is. */
function Elsewhere({ place }: { readonly place: Place }) {
  const { value, error } = useOnce<SummaryDocument>(about(place, 'summary')).loaded.value;
  return (
    <Section title={`Rollbacks in ${place.environment}`}>
      {error === null ? null : <Empty>They cannot be read: {error.message}.</Empty>}
      {value === null ? null : <Rollbacks summary={value} environment={place.environment} />}
    </Section>
  );
}

function Rollbacks(props: { readonly summary: SummaryDocument; readonly environment: string }) {
  const { summary, environment } = props;
  return summary.rollbacks.length === 0 ? (
    <Empty>Nothing was ever taken back in {environment}, so nobody knows how long it takes there.</Empty>
  ) : (
    <RollbackTable rollbacks={summary.rollbacks} />
  );
}

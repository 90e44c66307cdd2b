import type { PlanDocument } from '../../src/server/routes/plan.ts';
import { Empty, Failure, Section } from '../parts/page.tsx';
import { PlanEffects } from '../parts/plan-effects.tsx';
import { about } from '../state/api.ts';
import { useLoaded } from '../state/loaded.ts';
import type { ScreenProps } from './screen.ts';

/** How the schema changes: nothing here applies a migration, and this says so. */
export function Schema({ place }: ScreenProps) {
  const { value: document, error } = useLoaded<PlanDocument>(about(place, 'plan')).value;
  if (document === null) return error === null ? <Empty>Reading the plan…</Empty> : <Failure error={error} />;
  return (
    <Section title="Schema">
      <p>
        This version applies no migration and reads no ledger, so it does not know which ones a database has,
        which locks they take, or whether they can be undone. A step of the plan may run the tool that does;
        what is known of it is whether it succeeded:
      </p>
      <PlanEffects
        document={document}
        environment={place.environment}
        empty={`The plan has no command, query or request in ${place.environment}, so it changes no schema there by itself.`}
      />
    </Section>
  );
}

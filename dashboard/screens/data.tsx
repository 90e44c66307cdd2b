import type { PlanDocument } from '../../src/server/routes/plan.ts';
import { Empty, Failure, Section } from '../parts/page.tsx';
import { PlanEffects } from '../parts/plan-effects.tsx';
import { about } from '../state/api.ts';
import { useLoaded } from '../state/loaded.ts';
import type { ScreenProps } from './screen.ts';

/** How far data has moved: nothing here moves any, and this says so instead of an empty table. */
export function Data({ place }: ScreenProps) {
  const { value: document, error } = useLoaded<PlanDocument>(about(place, 'plan')).value;
  if (document === null) return error === null ? <Empty>Reading the plan…</Empty> : <Failure error={error} />;
  return (
    <Section title="Data">
      {document.plan.topology === 'same-store' ? (
        <Empty>
          This plan moves no data: both implementations work on one database (<code>same-store</code>), so
          there is nothing to copy and nothing that could lag. This screen stays empty for it.
        </Empty>
      ) : (
        <>
          <p>
            This version does not move data: it copies no table, follows no changes, and knows no lag. Your
            plan’s own steps do it, and what is known of them is whether they succeeded:
          </p>
          <PlanEffects
            document={document}
            environment={place.environment}
            empty={`The plan has no command, query or request in ${place.environment} either, so nothing here knows how far the data is.`}
          />
        </>
      )}
    </Section>
  );
}

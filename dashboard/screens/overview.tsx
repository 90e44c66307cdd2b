import { CurrentPhase } from '../parts/current-phase.tsx';
import { Command, commandFor } from '../parts/command.tsx';
import { Instances, Requests } from '../parts/fleet.tsx';
import { LastEvents } from '../parts/last-events.tsx';
import { NeedsList } from '../parts/needs-list.tsx';
import { Empty, Section } from '../parts/page.tsx';
import { PhaseRail } from '../parts/phase-rail.tsx';
import { RepositoryTable } from '../parts/repository-table.tsx';
import { TakenBack } from '../parts/taken-back.tsx';
import type { WaitingDocument } from '../../src/server/routes/standing.ts';
import { about } from '../state/api.ts';
import { counted } from '../state/figures.ts';
import { status } from '../state/live.ts';
import { useLoaded } from '../state/loaded.ts';
import { useMismatches } from '../state/mismatches.ts';
import { needsOf } from '../state/needs.ts';
import { usePlan } from '../state/plan.ts';
import type { ScreenProps } from './screen.ts';

/** Are we fine, what happens next, who must act? */
export function Overview({ place }: ScreenProps) {
  const waiting = useLoaded<WaitingDocument>(about(place, 'waiting'));
  const mismatches = useMismatches(place);
  const plan = usePlan(place);
  const shown = status.value;
  if (shown === null) return null;
  const needs = needsOf({
    status: shown,
    waiting: waiting.value.value,
    mismatches: mismatches.value.value,
  });
  const unknown = [
    ...(waiting.value.value === null ? ['what waits for a person'] : []),
    ...(mismatches.value.value === null ? ['what the shadow found'] : []),
  ];
  return (
    <>
      <h1 class="sr-only">Overview</h1>
      <TakenBack status={shown} />
      <Section
        title="Needs you"
        aside={
          <span class="quiet">
            {counted(needs.length, 'matter')}
            {unknown.length === 0 ? '' : ' so far'}
          </span>
        }
      >
        <NeedsList
          needs={needs}
          place={place}
          unknown={unknown}
          failure={waiting.value.error ?? mismatches.value.error}
        />
      </Section>
      <Section title="Phases">
        {shown.run === null ? (
          <>
            <Empty>
              No run was started in {place.environment}. A run goes through these phases, and everything below
              fills as it does.
            </Empty>
            <Command text={commandFor(place, 'run', '--reason', '…')} />
          </>
        ) : null}
        <PhaseRail status={shown} place={place} />
        <CurrentPhase status={shown} place={place} />
      </Section>
      <Section
        title="Repositories"
        aside={<span class="quiet">calls of the last {shown.recentMs / 1_000} s</span>}
      >
        <RepositoryTable status={shown} plan={plan} place={place} />
      </Section>
      {shown.requests.length === 0 ? null : (
        <Section title="Endpoints and pages">
          <Requests status={shown} />
        </Section>
      )}
      <Section title="Instances">
        <Instances status={shown} />
      </Section>
      <Section title="Last events">
        <LastEvents place={place} />
      </Section>
    </>
  );
}

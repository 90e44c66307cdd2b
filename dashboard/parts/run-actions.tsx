import { useSignal } from '@preact/signals';
import type { WaitingDocument } from '../../src/server/routes/standing.ts';
import type { StatusDocument } from '../../src/report/index.ts';
import { about } from '../state/api.ts';
import { status } from '../state/live.ts';
import { useLoaded } from '../state/loaded.ts';
import type { Place } from '../state/router.ts';
import { Check } from './check.tsx';
import { Action } from './action.tsx';
import { CountComplaints } from './count-complaints.tsx';
import { SkipStep } from './skip-step.tsx';

/** What a person may ask of the run as it stands. */
export function RunActions({ place }: { readonly place: Place }) {
  const shown = status.value;
  const waiting = useLoaded<WaitingDocument>(about(place, 'waiting'));
  if (shown === null) return null;
  const { state, delay, nextCommand } = shown;
  const isActive = state === 'running' || state === 'paused';
  const isStep = nextCommand?.startsWith('cutover advance --retry') === true;
  const decision = waiting.value.value?.decision ?? null;
  return (
    <div class="run-actions" role="group" aria-label="The run">
      <Decide available={isActive && delay === null} decision={decision} />
      <Action
        label="End this step"
        permission="operate"
        path="advance"
        words={['advance']}
        done="The step is ended."
        available={state === 'running' && delay === null && isEnded(shown)}
      >
        <p>
          The run goes on as if this step had lasted as long as the plan wants. A red gate is never passed
          over; whatever else the plan judges goes on being judged.
        </p>
      </Action>
      <Action
        label="Run the step again"
        permission="operate"
        path="advance"
        body={{ retry: true }}
        words={['advance', '--retry']}
        done="The step is run again."
        available={isStep}
      >
        <p>The step that failed is run once more, from its beginning.</p>
      </Action>
      <Action
        label="Accept the step"
        permission="operate"
        path="advance"
        words={['advance']}
        done="The step is accepted as done."
        available={isStep}
      >
        <p>The run goes on as if the step had succeeded. Nothing checks that it did.</p>
      </Action>
      <Action
        label="Do not wait"
        permission="operate"
        path="override"
        words={['advance', '--override']}
        done="The run does not wait for it."
        available={delay !== null}
      >
        <p>
          The run goes on now, against the day, window or freeze of the plan: {shown.waitingFor ?? 'it waits'}
          .
        </p>
      </Action>
      <Action
        label="Pause"
        permission="operate"
        path="pause"
        words={['pause']}
        done="Paused."
        available={state === 'running'}
      >
        <p>
          The run stops where it is, and its timers with it. Exposure stays as it is, and stays watched: red
          still takes it back.
        </p>
      </Action>
      <Resume status={shown} available={isResumable(shown) && !isStep} />
      <SkipStep status={shown} available={isActive} />
      <CountComplaints place={place} available={isActive} />
    </div>
  );
}

/** A hold and a gate end early; what waits for instances does not. */
function isEnded({ phases }: StatusDocument): boolean {
  const step = phases.flatMap(({ steps }) => steps).find(({ state }) => state === 'current');
  return step?.kind === 'hold' || step?.kind === 'gate';
}

function isResumable({ state, routing }: StatusDocument): boolean {
  if (state === 'rolling-back') return false;
  return state === 'paused' || state === 'rolled-back' || (routing?.killed.length ?? 0) > 0;
}

/** One button for each option of the decision that is open. */
function Decide(props: { readonly decision: WaitingDocument['decision']; readonly available: boolean }) {
  const { decision, available } = props;
  if (decision === null) return null;
  return (
    <>
      {Object.entries(decision.options).map(([option, outcome]) => (
        <Action
          key={`${decision.id}/${option}`}
          label={`Decide: ${option}`}
          permission="operate"
          path="advance"
          body={{ choose: option }}
          words={['advance', '--choose', option]}
          done={`Decided: ${option}.`}
          available={available}
          {...(outcome === 'rollback' && { tone: 'danger' as const })}
        >
          <p>{decision.question}</p>
          <p>
            “{option}”: {OUTCOMES[outcome] ?? outcome}
          </p>
        </Action>
      ))}
    </>
  );
}

const OUTCOMES: Readonly<Record<string, string>> = {
  advance: 'the run goes on.',
  hold: 'the decision stays open.',
  pause: 'the run pauses here.',
  rollback: 'everything goes back to control.',
};

/** Three things by one word: a paused run goes on; after a rollback or a kill, it is acknowledged and lifted. */
function Resume(props: { readonly status: StatusDocument; readonly available: boolean }) {
  const isUnresolved = useSignal(false);
  const { state, routing, rollback } = props.status;
  const killed = routing?.killed ?? [];
  const isPaused = state === 'paused';
  const isOpen = rollback?.confirm != null && rollback.confirm.outcome !== 'resolved';
  return (
    <Action
      label={isPaused ? 'Resume' : 'Lift the kill'}
      permission="operate"
      path="resume"
      body={{ unresolved: isUnresolved.value }}
      words={['resume', ...(isUnresolved.value ? ['--unresolved'] : [])]}
      done={isPaused ? 'The run goes on.' : 'The kill is lifted. A run may begin again.'}
      available={props.available}
    >
      {isPaused ? (
        <p>The run goes on where it stopped.</p>
      ) : (
        <p>
          Killed: {killed.join(', ') || 'everything'}. Lifting it exposes nobody; it lets a run begin again.
          The reason is what was wrong and what was done about it.
        </p>
      )}
      {isOpen ? (
        <Check checked={isUnresolved}>
          {rollback?.confirm?.text} Go on although nothing has shown that the trouble is over.
        </Check>
      ) : null}
    </Action>
  );
}

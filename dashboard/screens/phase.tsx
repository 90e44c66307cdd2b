import type { ComponentChildren } from 'preact';
import type { DecisionDocument } from '../../src/server/routes/deciding.ts';
import { Chip, toneOfVerdict } from '../parts/chip.tsx';
import { Command } from '../parts/command.tsx';
import { Link } from '../parts/link.tsx';
import { Matrix } from '../parts/matrix.tsx';
import { Empty, Failure, Section } from '../parts/page.tsx';
import { age, When } from '../parts/time.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { about } from '../state/api.ts';
import { useLoaded } from '../state/loaded.ts';
import { status } from '../state/live.ts';
import { pathTo, type Place } from '../state/router.ts';
import type { ScreenProps } from './screen.ts';

/** What is decided in a phase, by which numbers, and what comes next. */
export function Phase({ place, rest }: ScreenProps) {
  const phases = status.value?.phases ?? [];
  if (phases.length === 0) return <Empty>The plan has no phase in {place.environment}.</Empty>;
  const named = rest === '' ? (status.value?.run?.phase ?? phases[0]?.id) : rest;
  return (
    <>
      <nav aria-label="Phases">
        <ul class="tabs">
          {phases.map(({ id, title, state }) => (
            <li key={id}>
              <Link to={pathTo(place, `phases/${id}`)} current={id === named}>
                <span aria-hidden="true">{{ done: '✔', current: '●', ahead: '○' }[state]}</span> {title}
                <span class="sr-only">, {state}</span>
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Decision key={named} place={place} phase={rest} />
    </>
  );
}

function Decision({ place, phase }: { readonly place: Place; readonly phase: string }) {
  const query = phase === '' ? '' : `?phase=${encodeURIComponent(phase)}`;
  const { value, error } = useLoaded<DecisionDocument>(about(place, `decision${query}`)).value;
  if (value === null) return <Waiting what="Reading the decision" failure={error} />;
  return (
    <>
      {error === null ? null : <Failure error={error} />}
      <Next shown={value} />
      <Section
        title={value.gate === 'matrix' ? 'Matrix' : `Matrix, and gate “${value.gate}”`}
        aside={<Judged shown={value} />}
      >
        <Matrix shown={value} place={place} />
      </Section>
      <div class="pair">
        <Rules title="It begins when" rules={value.entry}>
          The plan asks for nothing before this phase.
        </Rules>
        <Rules title="It is over when" rules={value.exit}>
          The plan has no step in this phase.
        </Rules>
      </div>
    </>
  );
}

/** What the engine does now and why, and how far the hold is. */
function Next({ shown: { phase, next, hold } }: { readonly shown: DecisionDocument }) {
  return (
    <Section title={phase.title} aside={phase.isCurrent ? <Chip tone="busy" text="current" /> : null}>
      <p class="next">{next.sentence}</p>
      {hold === null ? null : (
        <p class="hold">
          <progress
            max={hold.neededMs}
            value={hold.observedMs}
            aria-label={`Observed time of the hold ${hold.step}`}
          />
          <span>
            {age(hold.observedMs)} of {age(hold.neededMs)} observed; {age(hold.waitedMs)} waited, of at most{' '}
            {age(hold.mostMs)}
          </span>
        </p>
      )}
      <p class="quiet">{next.onRed}</p>
      {next.command === null ? null : <Command text={next.command} />}
    </Section>
  );
}

function Judged({ shown: { at, verdict, action } }: { readonly shown: DecisionDocument }) {
  if (at === null || verdict === null) return <span class="quiet">no look was taken in this phase yet</span>;
  return (
    <span>
      <Chip
        tone={toneOfVerdict(verdict)}
        text={verdict === 'insufficient' ? 'not enough to pass' : verdict}
      />
      {action === null ? null : ` asks for: ${action}`} · looked <When at={at} />
    </span>
  );
}

function Rules(props: {
  readonly title: string;
  readonly rules: DecisionDocument['entry'];
  readonly children: ComponentChildren;
}) {
  const { title, rules, children } = props;
  return (
    <Section title={title}>
      {rules.length === 0 ? (
        <Empty>{children}</Empty>
      ) : (
        <ul class="rules">
          {rules.map(({ text, met }) => (
            <li key={text}>
              <Chip
                tone={met === true ? 'pass' : 'none'}
                text={met === true ? 'met' : met === false ? 'open' : 'then asked'}
              />{' '}
              {text}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

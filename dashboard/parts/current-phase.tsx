import { formatDuration } from '../../src/kernel/index.ts';
import type { StatusDocument, StepStatus } from '../../src/report/index.ts';
import { counted } from '../state/figures.ts';
import { wordOf } from '../state/repositories.ts';
import { pathTo, type Place } from '../state/router.ts';
import { Chip, toneOfColour } from './chip.tsx';
import { Link } from './link.tsx';
import { When } from './time.tsx';

const SIGNS: Readonly<Record<StepStatus['state'], string>> = {
  done: '✔ done',
  current: '● now',
  ahead: '○ ahead',
  skipped: '↷ left out',
};

/** The phase in which the run is: its steps, how much of a hold was observed, and what the gate says. */
export function CurrentPhase({ status, place }: { readonly status: StatusDocument; readonly place: Place }) {
  const { phases, run, gate } = status;
  const phase = phases.find(({ id }) => id === run?.phase);
  // A run that is over or goes back holds nothing, and its last look is of before.
  const isOn = status.state === 'running' || status.state === 'paused';
  if (phase === undefined || !isOn) return null;
  return (
    <div class="current-phase">
      <ol class="steps">
        {phase.steps.map((step) => (
          <li key={step.id} data-state={step.state}>
            <span class="quiet">{SIGNS[step.state]}</span> {step.title}{' '}
            <span class="quiet">{step.title === step.id ? '' : step.kind}</span>
            {step.progress === null ? null : <Hold step={step} timeScale={run?.timeScale ?? 1} />}
          </li>
        ))}
      </ol>
      {gate === null ? (
        <p class="empty">No gate has looked since the last change.</p>
      ) : (
        <p>
          Gate <Link to={pathTo(place, `phases/${encodeURIComponent(phase.id)}`)}>{gate.name}</Link>,{' '}
          <When at={gate.at} />: <Counts rows={gate.rows} />
        </p>
      )}
    </div>
  );
}

/** Only time in which the gate was seen counts, so nothing here runs on by itself. */
function Hold({ step, timeScale }: { readonly step: StepStatus; readonly timeScale: number }) {
  const { forMs, progress } = step;
  if (forMs === null || progress === null) return null;
  const left = forMs * (1 - progress);
  const here = timeScale === 1 ? '' : `, ${formatDuration(left / timeScale)} on the clock of this rehearsal`;
  return (
    <div class="hold">
      <progress max={1} value={progress} aria-label={`Observed time of ${step.title}`} />
      <span>
        {left === 0
          ? `${formatDuration(forMs)} observed`
          : `${formatDuration(left)} more of observed time${here}`}
        <span class="quiet"> of {formatDuration(forMs)}</span>
      </span>
    </div>
  );
}

type Rows = NonNullable<StatusDocument['gate']>['rows'];

/** How many rows are of each colour, the worst first. */
function Counts({ rows }: { readonly rows: Rows }) {
  const colours = ['red', 'yellow', 'none', 'green'] as const;
  const words = { red: 'red', yellow: 'yellow', none: 'without an answer', green: 'green' };
  const found = colours.map((colour) => ({ colour, of: rows.filter((row) => row.colour === colour) }));
  return (
    <>
      {found
        .filter(({ of }) => of.length > 0)
        .map(({ colour, of }) => (
          <span key={colour}>
            <Chip
              tone={toneOfColour(colour)}
              text={`${counted(of.length, 'row')} ${words[colour]}`}
              title={of.map((row) => `${row.title}: ${wordOf(row)}, ${row.reason}`).join('\n')}
            />{' '}
          </span>
        ))}
    </>
  );
}

import type { PhaseStatus, StatusDocument } from '../../src/report/index.ts';
import { now } from '../state/now.ts';
import { pathTo, type Place } from '../state/router.ts';
import { Link } from './link.tsx';
import { age, When } from './time.tsx';

type Mark = 'done' | 'current' | 'paused' | 'back' | 'ahead';

const MARKS: Readonly<Record<Mark, { readonly sign: string; readonly word: string }>> = {
  done: { sign: '✔', word: 'done' },
  current: { sign: '●', word: 'now' },
  paused: { sign: '‖', word: 'paused' },
  back: { sign: '↩', word: 'taken back here' },
  ahead: { sign: '○', word: 'ahead' },
};

/** Phases in order. The wall is the point of no return; a run that was taken back has its way back drawn. */
export function PhaseRail({ status, place }: { readonly status: StatusDocument; readonly place: Place }) {
  const { phases } = status;
  const isBack = isTakenBack(status);
  const at = phases.findIndex(({ id }) => id === status.run?.phase);
  return (
    <div class="scroll" role="region" aria-label="Phases of the plan" tabIndex={0}>
      <ol class="rail">
        {phases.map((phase, index) => (
          <Node
            key={phase.id}
            phase={phase}
            mark={markOf(phase, status)}
            isCurrent={index === at}
            isOnWayBack={isBack && index <= at}
            place={place}
          />
        ))}
      </ol>
    </div>
  );
}

function Node(props: {
  readonly phase: PhaseStatus;
  readonly mark: Mark;
  readonly isCurrent: boolean;
  readonly isOnWayBack: boolean;
  readonly place: Place;
}) {
  const { phase, mark, isCurrent, isOnWayBack, place } = props;
  const { sign, word } = MARKS[mark];
  const left = phase.steps.filter(({ state }) => state === 'skipped').length;
  return (
    <li
      data-mark={mark}
      data-wall={phase.pointOfNoReturn ? '' : undefined}
      data-way-back={isOnWayBack ? '' : undefined}
      aria-current={isCurrent ? 'step' : undefined}
    >
      {phase.pointOfNoReturn ? <p class="wall">point of no return</p> : null}
      <p class="mark">
        <span aria-hidden="true">{sign}</span> {word}
      </p>
      <p class="title">
        <Link to={pathTo(place, `phases/${encodeURIComponent(phase.id)}`)}>{phase.title}</Link>
      </p>
      <p class="quiet">
        {phase.risk === null ? '' : `${phase.risk} risk`}
        {left === 0 ? '' : ` ${left} left out`}
      </p>
      <Times phase={phase} />
    </li>
  );
}

function Times({ phase: { enteredAt, leftAt } }: { readonly phase: PhaseStatus }) {
  if (enteredAt === null) return null;
  const lasted = age(Math.max(0, (leftAt ?? now.value) - enteredAt));
  return (
    <p class="quiet">
      entered <When at={enteredAt} />
      {leftAt === null ? '' : `, took ${lasted}`}
    </p>
  );
}

function isTakenBack({ state, run }: StatusDocument): boolean {
  return run !== null && (state === 'rolling-back' || state === 'rolled-back');
}

function markOf({ id, state }: PhaseStatus, status: StatusDocument): Mark {
  if (status.run?.phase !== id) return state === 'done' ? 'done' : 'ahead';
  if (isTakenBack(status)) return 'back';
  if (status.state === 'completed' || (state === 'done' && status.state !== 'paused')) return 'done';
  return status.state === 'paused' ? 'paused' : 'current';
}

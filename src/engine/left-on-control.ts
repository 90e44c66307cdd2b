import { isAt, stepsOf } from './following.ts';
import { restart } from './request.ts';
import { activeRun, type Run, type State } from './state.ts';

/**
 * Repositories that were taken back alone and lifted, and that no step ahead raises: the phase that did is over, and only
 * the one in which the run stands begins again. They stay on control until somebody sets their flag, or another run does.
 */
export function leftOnControl(state: State): readonly string[] {
  const run = activeRun(state);
  const { routing } = state;
  if (run === null || routing === null || run.status === 'rolling-back') return [];
  const { exposure: ofAll } = routing.global;
  const followsAll = ofAll !== 'unset' && ofAll > 0;
  const raised = raisedAhead(state, run);
  return run.takenBack.filter((name) => {
    const flag = routing.repositories[name];
    return flag?.killed === false && flag.exposure === 'unset' && !followsAll && !raised(name);
  });
}

function raisedAhead(state: State, run: Run): (name: string) => boolean {
  const all = stepsOf(run.plan, state.routing?.environment ?? '');
  const [again] = run.status === 'paused' ? restart(state, run) : [];
  const from =
    again?.kind === 'phase.restarted'
      ? all.findIndex((one) => isAt(one, again))
      : all.findIndex((one) => isAt(one, run.position)) + 1;
  const ahead = all
    .slice(from)
    .filter((one) => !run.skipped.some((left) => isAt(one, left)))
    .flatMap(({ step }) => (step.kind === 'expose' ? [step.repositories] : []));
  return (name) => ahead.some((repositories) => repositories?.includes(name) ?? true);
}

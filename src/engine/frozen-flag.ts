import { CutoverError, formatDuration } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';
import { freezeAt } from '../schedule/index.ts';
import { activeRun, type State } from './state.ts';
import { resolveFlag } from './request.ts';

/**
 * A flag that is set by hand is not raised in a freeze of the plan either. Lowering it and killing it wait for nothing.
 * A run that is on refuses any raise by itself, so only flags without one are asked about.
 *
 * @param plan whose freezes count: the command line's, or that of the last run
 * @param now wall clock, milliseconds
 * @throws CutoverError `FLAG_FROZEN`
 */
export function refuseRaiseInFreeze(
  state: State,
  plan: Plan,
  change: { readonly flag: string; readonly value: boolean | number },
  now: number,
): void {
  const environment = state.routing?.environment ?? '';
  const frozen = freezeAt(plan, environment, now);
  if (frozen === undefined || change.value === false || activeRun(state) !== null) return;
  const { repository } = resolveFlag(state, change.flag);
  const flag = repository === undefined ? state.routing?.global : state.routing?.repositories[repository];
  const set = flag === undefined || flag.exposure === 'unset' ? 0 : flag.exposure / 100;
  const wanted = change.value === true ? 100 : change.value;
  if (wanted <= set) return;
  throw new CutoverError(
    'FLAG_FROZEN',
    `flag "${change.flag}" is ${set} % in ${environment}, and ${wanted} % is more than the freeze "${frozen.freeze.reason}" lets through`,
    {
      hint: `it ends in ${formatDuration(frozen.until - now)}; to raise it all the same: cutover flag set ${change.flag} ${wanted} --override --reason "…"`,
    },
  );
}

import { isKilled, type Local } from './decide.ts';
import type { RoutingState } from './state.ts';

/**
 * How many of a repository's reads run in the shadow too, 0..10000. Whatever takes the candidate back stops its
 * shadow as well; so does an override that turns it off here.
 *
 * @param local `stale` in it is judged by the caller for each call
 */
export function shadowRate(state: RoutingState | undefined, repository: string, local: Local): number {
  const rates = state?.shadow;
  if (state === undefined || rates === undefined || isKilled(state, repository) !== false) return 0;
  if (local.guardTripped || local.localKill) return 0;
  if ((local.override.repository ?? local.override.global) === false) return 0;
  return rates.repositories[repository] ?? rates.all;
}

import { CutoverError, suggest } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';

/**
 * The environment that a command is for: the one that was named, the only one, or the only one with an active run.
 *
 * @throws CutoverError `UNKNOWN_ENVIRONMENT`, or `USAGE` when it cannot be told which one is meant
 */
export function chooseEnvironment(plan: Plan, named: string | undefined, active: readonly string[]): string {
  const names = plan.environments.map(({ name }) => name);
  if (named !== undefined) return knownEnvironment(names, named);
  const [only, ...others] = names.length === 1 ? names : active;
  if (only !== undefined && others.length === 0) return only;
  const why = active.length > 1 ? `runs are active in ${active.join(', ')}` : 'no run is active';
  throw new CutoverError('USAGE', `which environment? ${why}`, {
    hint: `add --environment ${names.join('|')}`,
    details: { environments: names, active },
  });
}

/** @throws CutoverError `UNKNOWN_ENVIRONMENT` with the nearest name */
export function knownEnvironment(names: readonly string[], named: string): string {
  if (names.includes(named)) return named;
  const meant = suggest(named, names);
  throw new CutoverError('UNKNOWN_ENVIRONMENT', `the plan has no environment "${named}"`, {
    hint: meant === undefined ? `one of ${names.join(', ')}` : `did you mean "${meant}"?`,
    details: { environments: names },
  });
}

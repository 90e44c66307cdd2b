import { CutoverError } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';

type Named = Pick<Plan, 'id' | 'environments'>;

/** Whether changing something there takes the plan's id, typed by a person. */
export function isProtected({ environments }: Named, environment: string): boolean {
  return environments.some((one) => one.name === environment && one.protected);
}

/**
 * Nothing is ever confirmed by default.
 *
 * @param given what somebody typed as the plan's id
 * @throws CutoverError `CONFIRMATION_NEEDED`
 */
export function refuseUnconfirmed(plan: Named, environment: string, given: string | undefined): void {
  if (!isProtected(plan, environment) || given === plan.id) return;
  const why =
    given === undefined
      ? `${environment} is protected`
      : `the confirmation names "${given}", the plan is "${plan.id}"`;
  throw confirmationNeeded(plan, environment, why);
}

export function confirmationNeeded({ id }: Named, environment: string, why: string): CutoverError {
  return new CutoverError('CONFIRMATION_NEEDED', `${why}; nothing was changed`, {
    hint: `add --confirm ${id}`,
    details: { flag: `--confirm ${id}`, environment },
  });
}

import { CutoverError } from '../kernel/index.ts';
import { sharedNames, sharedText, type Plan, type Shared } from '../plan/index.ts';
import type { Store } from '../store/index.ts';
import { isExposed } from './evolve.ts';
import { loadState } from './operate.ts';
import { activeRun } from './state.ts';
import { migrationStreams } from './streams.ts';

/** Another migration of the same store that is on, and what it and a plan both switch. */
export type Taken = {
  readonly migration: string;
  readonly environment: string;
  readonly shared: readonly Shared[];
};

/** Migrations that a plan would overrule in these environments: with a run that is on, or with something exposed. */
export async function takenBy(
  store: Store,
  plan: Pick<Plan, 'id' | 'flag' | 'repositories'>,
  environments: readonly string[],
): Promise<readonly Taken[]> {
  const names = { global: plan.flag, repositories: plan.repositories };
  const found: Taken[] = [];
  for (const stream of await migrationStreams(store)) {
    const [migration = '', environment = ''] = stream.split('/');
    if (migration === plan.id || !environments.includes(environment)) continue;
    const other = await loadState(store, stream);
    if (other.registration === null || (activeRun(other) === null && !isExposed(other.routing))) continue;
    const shared = sharedNames(names, other.registration.names);
    if (shared.length > 0) found.push({ migration, environment, shared });
  }
  return found;
}

/** `plan "b" and plan "a", which is on in staging, both switch repository "user"`. */
export function takenText(plan: Pick<Plan, 'id'>, { migration, environment, shared }: Taken): string {
  return `plan "${plan.id}" and plan "${migration}", which is on in ${environment}, both switch ${sharedText(shared)}`;
}

/** Two plans that switch one repository would undo each other. @throws CutoverError `REPOSITORY_TAKEN` */
export async function refuseTaken(store: Store, plan: Plan, environment: string): Promise<void> {
  const [taken] = await takenBy(store, plan, [environment]);
  if (taken === undefined) return;
  const { migration, shared } = taken;
  throw new CutoverError('REPOSITORY_TAKEN', takenText(plan, taken), {
    hint: `take "${migration}" back in ${environment} first, or give what they share another name in this plan`,
    details: { plans: [plan.id, migration], environment, shared },
  });
}

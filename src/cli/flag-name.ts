import { CutoverError, suggest } from '../kernel/index.ts';
import { allFlagNames, findFlag, type Plan } from '../plan/index.ts';

/** The name, if the plan has such a flag. @throws CutoverError `UNKNOWN_FLAG` with the nearest one */
export function knownFlag(plan: Plan, name: string): string {
  repositoryOfFlag(plan, name);
  return name;
}

/** What a flag switches: a repository, or `null` for everything. */
export function repositoryOfFlag(plan: Plan, name: string): string | null {
  const names = { global: plan.flag, repositories: plan.repositories };
  const found = findFlag(names, name);
  if (found !== undefined) return found.repository ?? null;
  const all = allFlagNames(names);
  const meant = suggest(name, all);
  throw new CutoverError('UNKNOWN_FLAG', `the plan has no flag "${name}"`, {
    hint: meant === undefined ? `one of ${all.join(', ')}` : `did you mean "${meant}"?`,
    details: { known: all },
  });
}

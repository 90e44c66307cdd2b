import type { FlagNameInput, PlanInput } from './input.ts';
import type { FlagName } from './plan.ts';

/** The flags of a plan by what they switch, with the names that are used where the plan gives none. */
export type FlagNames = {
  readonly global: FlagName;
  readonly repositories: Readonly<Record<string, FlagName>>;
};

/** Flags as the plan names them. The one place that knows the default: `<plan id>_<repository>`, `_` for `-`. */
export function flagNames(plan: Pick<PlanInput, 'id' | 'flag' | 'repositories'>): FlagNames {
  const prefix = plan.id.replaceAll('-', '_');
  const repositories = Object.entries(plan.repositories).map(([name, { flag, ...more }]) => [
    name,
    flagName({ ...more, name: flag ?? `${prefix}_${name}` }),
  ]);
  return { global: flagName(plan.flag ?? { name: prefix }), repositories: Object.fromEntries(repositories) };
}

function flagName({ name, aliases, env }: FlagNameInput): FlagName {
  return { name, aliases: aliases ?? [], env: env ?? null };
}

/** What a flag's name or alias switches: `{}` the global flag, `{ repository }` one; `undefined` for an unknown name. */
export function findFlag(names: FlagNames, name: string): { readonly repository?: string } | undefined {
  const wanted = name.toLowerCase();
  const means = (flag: FlagName): boolean =>
    [flag.name, ...flag.aliases].some((known) => known.toLowerCase() === wanted);
  if (means(names.global)) return {};
  const found = Object.entries(names.repositories).find(([, flag]) => means(flag));
  return found === undefined ? undefined : { repository: found[0] };
}

/** Every name and alias, for suggestions. */
export function allFlagNames(names: FlagNames): readonly string[] {
  return [names.global, ...Object.values(names.repositories)].flatMap((flag) => [flag.name, ...flag.aliases]);
}

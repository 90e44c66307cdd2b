import type { FlagNames } from './names.ts';

/** What two plans both switch: a repository by its name, a flag or alias, an environment variable. */
export type Shared = { readonly kind: 'repository' | 'flag' | 'variable'; readonly name: string };

/**
 * What two plans would overrule each other in. Flags are compared without case, as they are looked up; an alias of
 * one counts as much as the name of the other. Empty when they can be on at the same time.
 */
export function sharedNames(one: FlagNames, other: FlagNames): readonly Shared[] {
  const both = (kind: Shared['kind'], of: (names: FlagNames) => readonly string[]): readonly Shared[] => {
    const theirs = new Set(of(other));
    return [...new Set(of(one))].filter((name) => theirs.has(name)).map((name) => ({ kind, name }));
  };
  return [
    ...both('repository', ({ repositories }) => Object.keys(repositories)),
    ...both('flag', (names) =>
      flagsOf(names).flatMap(({ name, aliases }) => [name, ...aliases].map((text) => text.toLowerCase())),
    ),
    ...both('variable', (names) => flagsOf(names).flatMap(({ env }) => env ?? [])),
  ];
}

/** `repository "user", variable "USE_DRIZZLE"`. */
export function sharedText(shared: readonly Shared[]): string {
  return shared.map(({ kind, name }) => `${kind} "${name}"`).join(', ');
}

function flagsOf({ global, repositories }: FlagNames): readonly FlagNames['global'][] {
  return [global, ...Object.values(repositories)];
}

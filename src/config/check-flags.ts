import { flagNames } from '../plan/index.ts';
import { type PathPart, type Problem, problemAt, pathText } from './problem.ts';
import type { ParsedPlan } from './schema.ts';

/** `owner` is what it switches: other spellings of one flag's own name are welcome. */
type Spelling = { readonly spelling: string; readonly owner: string; readonly path: readonly PathPart[] };

/**
 * A flag, an alias or an environment variable that two repositories share would switch both. Flags are compared
 * without case, as they are looked up.
 */
export function checkFlags(plan: ParsedPlan): readonly Problem[] {
  const { global, repositories } = flagNames(plan);
  const owners = [
    { flag: global, path: ['flag'], nameKey: 'name' },
    ...Object.entries(repositories).map(([name, flag]) => ({
      flag,
      path: ['repositories', name],
      nameKey: 'flag',
    })),
  ];
  const names = owners.flatMap(({ flag, path, nameKey }): Spelling[] => [
    { spelling: flag.name.toLowerCase(), owner: flag.name, path: [...path, nameKey] },
    ...flag.aliases.map((alias, index) => ({
      spelling: alias.toLowerCase(),
      owner: flag.name,
      path: [...path, 'aliases', index],
    })),
  ]);
  const variables = owners.flatMap(({ flag, path }): Spelling[] =>
    flag.env === null
      ? []
      : [{ spelling: flag.env, owner: pathText([...path, 'env']), path: [...path, 'env'] }],
  );
  return [...repeated(names), ...repeated(variables)];
}

function repeated(spellings: readonly Spelling[]): readonly Problem[] {
  const first = new Map<string, Spelling>();
  return spellings.flatMap((entry) => {
    const before = first.get(entry.spelling);
    if (before === undefined) first.set(entry.spelling, entry);
    return before === undefined || before.owner === entry.owner
      ? []
      : [problemAt(entry.path, `${JSON.stringify(entry.spelling)} is taken by ${pathText(before.path)}`)];
  });
}

import type { MismatchesDocument } from '../../src/server/routes/mismatches.ts';

/** Filters as the address has them; the empty text is all. */
export const FILTERS = ['repository', 'operation', 'kind', 'counts'] as const;
export type Filter = Readonly<Record<(typeof FILTERS)[number], string>>;

type Group = MismatchesDocument['groups'][number];

export function filterFrom(query: URLSearchParams): Filter {
  const one = (name: keyof Filter): string => query.get(name) ?? '';
  return {
    repository: one('repository'),
    operation: one('operation'),
    kind: one('kind'),
    counts: one('counts'),
  };
}

const VALUES: Readonly<Record<keyof Filter, (group: Group) => string>> = {
  repository: ({ repository }) => repository,
  operation: ({ operation }) => operation,
  kind: ({ kind }) => kind,
  counts: ({ ignored }) => (ignored === undefined ? 'unexplained' : 'explained'),
};

export function filtered(groups: readonly Group[], filter: Filter): readonly Group[] {
  return groups.filter((group) =>
    FILTERS.every((name) => filter[name] === '' || VALUES[name](group) === filter[name]),
  );
}

/** What each filter can be set to; what it is set to is among it, also where nothing of the kind is left. */
export function choicesOf(
  groups: readonly Group[],
  filter: Filter,
): Readonly<Record<keyof Filter, string[]>> {
  const of = (name: keyof Filter): string[] =>
    [...new Set([...groups.map(VALUES[name]), filter[name]])].filter((value) => value !== '').toSorted();
  return {
    repository: of('repository'),
    operation: of('operation'),
    kind: of('kind'),
    counts: of('counts'),
  };
}

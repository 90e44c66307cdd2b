import { CutoverError, suggest } from '../kernel/index.ts';
import type { Mismatch, Mismatches } from '../report/index.ts';

/** The groups of an id: one, or what counts and what is ignored of it. @throws CutoverError `USAGE` for none */
export function mismatchesById({ groups }: Mismatches, id: string): readonly Mismatch[] {
  const found = groups.filter((group) => group.id === id);
  if (found.length === 0) throw unknownGroup(id, [...new Set(groups.map((group) => group.id))]);
  return found;
}

function unknownGroup(id: string, known: readonly string[]): CutoverError {
  const near = suggest(id, known);
  return new CutoverError('USAGE', `there is no mismatch "${id}" in the newest run`, {
    hint: near === undefined ? 'see "cutover mismatches list"' : `did you mean "${near}"?`,
  });
}

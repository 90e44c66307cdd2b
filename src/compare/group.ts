import { murmur3 } from '../kernel/index.ts';
import type { Difference } from './diff.ts';

/** The id of a group of differences: the same kind at the same place of one operation's answers. Eight hex digits. */
export function groupId(
  repository: string,
  operation: string,
  { kind, path, as }: Pick<Difference, 'kind' | 'path' | 'as'>,
): string {
  return murmur3([repository, operation, kind, path, as ?? ''].join('\n'))
    .toString(16)
    .padStart(8, '0');
}

import { hexHash } from '../kernel/index.ts';
import type { Difference } from './diff.ts';

/** The id of a group of differences: the same kind at the same place of one operation's answers. Eight hex digits. */
export function groupId(
  repository: string,
  operation: string,
  { kind, path, as }: Pick<Difference, 'kind' | 'path' | 'as'>,
): string {
  return hexHash([repository, operation, kind, path, as ?? ''].join('\n'));
}

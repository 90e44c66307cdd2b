import { newConfirm } from './confirm.ts';
import type { Rollback } from './state.ts';

/**
 * There is one rollback at a time to be verified and confirmed, and it stands for all that is taken back: one that begins
 * takes over what an earlier one took back and nobody has lifted.
 */
export function coveredWith(
  before: Pick<Rollback, 'covers'> | null,
  repositories: readonly string[] | null,
): Rollback['covers'] {
  if (repositories === null || before?.covers === null) return null;
  return [...new Set([...(before?.covers ?? []), ...repositories])];
}

/**
 * What is lifted is asked about no more. Where somebody did not wait, the rest is looked at anew: that all of it together
 * was green says nothing about a part.
 */
export function withoutLifted(rollback: Rollback, lifted: readonly string[] | null): Rollback {
  const covers = rest(rollback.covers, lifted);
  if (covers === rollback.covers) return rollback;
  const { confirm } = rollback;
  if (confirm === null || confirm.outcome !== null) return { ...rollback, covers };
  const isOn = covers === null || covers.length > 0;
  return { ...rollback, covers, confirm: isOn ? { ...newConfirm(), waitedMs: confirm.waitedMs } : null };
}

/** Lifting everything is one event for the global flag, and another one for the repositories that have a kill of their own. */
function rest(covers: Rollback['covers'], lifted: readonly string[] | null): Rollback['covers'] {
  if (lifted === null) return covers === null ? [] : covers;
  // While everything is killed, lifting one of it lets nothing through.
  if (covers === null || !lifted.some((name) => covers.includes(name))) return covers;
  return covers.filter((name) => !lifted.includes(name));
}

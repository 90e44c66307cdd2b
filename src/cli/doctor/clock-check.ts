import { formatDuration } from '../../kernel/index.ts';
import { bad, type Check, ok } from './check.ts';

/** Clocks of machines that are kept in step differ by less. */
const TOLERATED_MS = 60_000;
const NAME = 'clock';

/** @param newest wall clock of the newest event of any environment; `null` without one. @param now wall clock here */
export function checkClock(newest: number | null, now: number): Check {
  if (newest === null) return ok(NAME, 'no event to compare it with');
  const ahead = newest - now;
  if (ahead <= TOLERATED_MS) return ok(NAME, 'no event is from the future');
  return bad(
    NAME,
    `the newest event is ${formatDuration(ahead)} in the future`,
    'keep the clocks of this machine and of whoever wrote it in step (NTP); no decision depends on them, times shown do',
  );
}

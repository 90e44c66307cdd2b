import type { Clock } from '../kernel/index.ts';
import type { Fallback } from '../repository/index.ts';

/** Control has so long to answer for a candidate that failed, milliseconds. */
const RESCUE_MS = 1_000;

/**
 * A read whose promise the candidate rejects is answered by control, if it does so within a second and the arguments
 * are as they were. It counts as a failure. Not in a transaction, and not for a query that runs when it is awaited.
 *
 * @example
 * cutover.repository('user', { control, candidate, reads: ['find'], fallback: fallback() });
 */
export function fallback(): Fallback {
  return { stamp, rescue };
}

/**
 * The answer of a read of the candidate, or control's when that failed. Control is only asked with arguments that are
 * as they were: a candidate that changed them leaves nothing to ask with.
 *
 * @param asked what `stamp` said before the candidate ran
 * @throws the candidate's own error when control has none in time or fails as well
 */
async function rescue(
  answer: Promise<unknown>,
  control: () => unknown,
  args: readonly unknown[],
  asked: string | undefined,
  clock: Clock,
): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (asked === undefined || stamp(args) !== asked) throw error;
    const stop = new AbortController();
    const late = clock.sleep(RESCUE_MS, stop.signal).then(() => {
      throw error;
    });
    try {
      return await Promise.race([control(), late]);
    } catch {
      throw error;
    } finally {
      stop.abort();
      late.catch(() => {});
    }
  }
}

/** What arguments are, to see whether they changed; `undefined` when nobody can say. */
function stamp(args: readonly unknown[]): string | undefined {
  if (!args.some((one) => typeof one === 'object' && one !== null)) return '';
  try {
    return JSON.stringify(args, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  } catch {
    return undefined;
  }
}

import { describeError, formatDuration } from '../../kernel/index.ts';
import type { Store } from '../../store/index.ts';
import { type Check, ok, warning } from './check.ts';

/** A `run` or a server folds once a minute. So long behind the newest report, none does. Milliseconds. */
const LATE_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

type Read = Pick<Store, 'historySize' | 'historyMark' | 'telemetry' | 'now'>;

/** How much is kept of what telemetry was folded into, how far back, and whether anybody still does it. */
export async function checkHistory(store: Read, environment: string, stream: string): Promise<Check> {
  const name = `history of ${environment}`;
  try {
    const { records, bytes, since } = await store.historySize(stream);
    const mark = await store.historyMark(stream);
    const now = await store.now();
    const [next] = await store.telemetry(stream, mark?.telemetryId ?? 0, 1);
    const late = next === undefined ? 0 : now - next.at;
    const kept =
      since === null
        ? 'nothing is kept yet'
        : `${records} records of ${agoText(now - since)}, ${(bytes / 1e6).toFixed(1)} MB`;
    // Nobody has to: a run that is over needs no history of what came after it.
    return ok(
      name,
      late <= LATE_MS
        ? kept
        : `${kept}; nobody folds what was reported ${agoText(late)} ago, which only a run or a server does`,
    );
  } catch (error) {
    return warning(name, describeError(error), 'see what the check of the state says');
  }
}

function agoText(ms: number): string {
  return ms >= 2 * DAY_MS
    ? `${Math.floor(ms / DAY_MS)} days`
    : formatDuration(Math.max(60_000, Math.round(ms / 60_000) * 60_000));
}

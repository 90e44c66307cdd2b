/**
 * What telemetry is folded into: a record for each minute, which are folded into one for each quarter of an hour when they
 * are two days old. `docs/decisions/0012-history.md` says why these. Milliseconds.
 */
export const MINUTE_MS = 60_000;
export const QUARTER_MS = 15 * MINUTE_MS;

const DAY_MS = 24 * 60 * MINUTE_MS;
export const MINUTES_KEPT_MS = 2 * DAY_MS;
export const HISTORY_KEPT_MS = 60 * DAY_MS;

/** Series of records. */
export const FLEET = 'fleet';
export const MISMATCHES = 'mismatches';
const CALLS = 'calls/';

/** Of the calls of one repository. */
export function callsOf(repository: string): string {
  return `${CALLS}${repository}`;
}

/** @returns `undefined` for another series */
export function repositoryOf(series: string): string | undefined {
  return series.startsWith(CALLS) ? series.slice(CALLS.length) : undefined;
}

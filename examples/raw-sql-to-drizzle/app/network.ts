import { setTimeout as sleep } from 'node:timers/promises';

const ROUND_TRIP_MS = Number(process.env['ROUND_TRIP_MS'] ?? 40);

/** The database of this example is in the process; a production one is not. Both implementations wait this long. */
export async function roundTrip(): Promise<void> {
  if (ROUND_TRIP_MS > 0) await sleep(ROUND_TRIP_MS);
}

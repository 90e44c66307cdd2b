import { systemClock } from '../src/kernel/index.ts';

/** Long enough for what a start compiles and opens. Milliseconds. */
const SETTLE_MS = 2_000;

/** CPU time that this process takes from now on, in percent of the time that passes. @param forMs how long to look */
export async function cpuShare(forMs: number): Promise<number> {
  await systemClock.sleep(SETTLE_MS);
  const before = process.cpuUsage();
  const began = performance.now();
  await systemClock.sleep(forMs);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1_000 / (performance.now() - began)) * 100;
}

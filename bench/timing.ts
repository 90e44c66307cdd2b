/** What is measured: alone in a process of its own, since others leave their shapes in the engine's caches. */
export type Case = {
  /** Makes so many operations and resolves when they are done. Returns something, so that nothing is optimised away. */
  readonly run: (operations: number) => unknown;
  /** Throws when something else was measured than its name says. Called after the measurement. */
  readonly check?: () => void;
  readonly close?: () => unknown;
};

/** Milliseconds. */
export type Effort = { readonly warmUpMs: number; readonly batchMs: number; readonly batches: number };
const EFFORT: Effort = { warmUpMs: 400, batchMs: 50, batches: 9 };

/** Nanoseconds an operation: the median of some batches, after a time in which the engine compiled it. */
export async function nanosecondsOf({ run }: Case, { warmUpMs, batchMs, batches } = EFFORT): Promise<number> {
  let operations = 16;
  for (const began = performance.now(); performance.now() - began < warmUpMs;) {
    const took = (await timed(run, operations)) / 1e6;
    if (took < batchMs) operations = Math.ceil(operations * Math.min(4, batchMs / Math.max(took, 0.01)));
  }
  const times: number[] = [];
  for (let batch = 0; batch < batches; batch += 1) times.push((await timed(run, operations)) / operations);
  return median(times);
}

/** Nanoseconds that this process was at work: what other programs of the machine take is not the case's. */
async function timed(run: Case['run'], operations: number): Promise<number> {
  const began = process.cpuUsage();
  const result = await run(operations);
  const { user, system } = process.cpuUsage(began);
  const took = (user + system) * 1_000;
  if (result === undefined) throw new Error('a case has to return what it computed');
  return took;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The least value that so many are not above. @param share 0..1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

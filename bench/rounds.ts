export type Contender = {
  readonly name: string;
  /** Makes so many operations and resolves when they are done. Returns something, so that nothing is optimised away. */
  readonly run: (operations: number) => unknown;
};

const WARM_UP_MS = 200;
const BATCH_MS = 15;
const ROUNDS = 41;

/**
 * Nanoseconds an operation of each contender: the median of many short rounds in which they take turns, so that a
 * machine that slows down for a while slows all of them.
 */
export async function takeTurns(contenders: readonly Contender[]): Promise<ReadonlyMap<string, number>> {
  const sized = [];
  for (const contender of contenders)
    sized.push({ contender, operations: await sizeOf(contender), times: new Array<number>() });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { contender, operations, times } of round % 2 === 0 ? sized : sized.toReversed())
      times.push((await timed(contender, operations)) / operations);
  }
  return new Map(sized.map(({ contender, times }) => [contender.name, median(times)]));
}

/** Warms a contender up, and says how many operations take about a batch. */
async function sizeOf(contender: Contender): Promise<number> {
  let operations = 16;
  for (const began = performance.now(); performance.now() - began < WARM_UP_MS;) {
    const took = (await timed(contender, operations)) / 1e6;
    if (took < BATCH_MS) operations = Math.ceil(operations * Math.min(4, BATCH_MS / Math.max(took, 0.01)));
  }
  return operations;
}

async function timed({ run }: Contender, operations: number): Promise<number> {
  const began = process.hrtime.bigint();
  const result = await run(operations);
  const took = Number(process.hrtime.bigint() - began);
  if (result === undefined) throw new Error('a contender has to return what it computed');
  return took;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** @param share 0..1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

import type { Clock } from '../../kernel/index.ts';
import type { Side } from '../../route/index.ts';
import type { Batch, BatchTimes } from '../../testing/index.ts';
import { Measuring } from './measuring.ts';
import type { OperationName } from './protocol.ts';

/** Where batches are measured: in one process, or each side in its own. */
export interface Bench {
  readonly operations: readonly OperationName[];
  /** @param operation its index in `operations` */
  measure(operation: number, batch: Batch): Promise<BatchTimes>;
  close(): Promise<void>;
}

export type World = { readonly file: string; readonly clock: Clock; readonly signal: AbortSignal };

/** Both sides, or the one that is wanted, in one process. One that is lost is replaced: other operations go on. */
export async function openBench(sides: readonly Side[], { file, clock, signal }: World): Promise<Bench> {
  let measuring = await Measuring.open(file, sides, clock, signal);
  return {
    operations: measuring.operations,
    async measure(operation, batch) {
      const { isLost, ...times } = await measuring.measure(operation, batch);
      if (isLost) {
        measuring.kill();
        measuring = await Measuring.open(file, sides, clock, signal);
      }
      return times;
    },
    close: () => measuring.close(),
  };
}

/** Each side in a process of its own: neither collects the other's garbage. Answers cannot be compared there. */
export async function openIsolatedBench(world: World): Promise<Bench> {
  const control = await openBench(['control'], world);
  const candidate = await openBench(['candidate'], world).catch(async (error: unknown) => {
    await control.close();
    throw error;
  });
  return {
    operations: control.operations,
    async measure(operation, batch) {
      const times: Partial<Record<Side, readonly number[]>> = {};
      for (const side of batch.order) {
        const bench = side === 'control' ? control : candidate;
        const one = await bench.measure(operation, { ...batch, order: [side] });
        if (one.fault !== null) return one;
        Object.assign(times, one.times);
      }
      return { times, fault: null };
    },
    async close() {
      await Promise.all([control.close(), candidate.close()]);
    },
  };
}

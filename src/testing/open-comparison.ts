import {
  capture,
  captureThrown,
  refusedWrite,
  type Captured,
  type CaptureLimits,
  type QueryCounter,
  type RedactOptions,
} from '../compare/index.ts';
import { CutoverError, describeError, suggest, type Clock } from '../kernel/index.ts';
import type { Side } from '../route/index.ts';
import {
  compareCall,
  isConnectionLost,
  replayCall,
  tallyOf,
  type CallTally,
  type ReplayedCall,
  type SideAnswer,
} from '../verify/index.ts';
import { ArgumentSource, type Position } from './argument-source.ts';
import { methodOf } from './benchmark.ts';
import {
  checkComparison,
  comparedOperations,
  type ComparedOperation,
  type Comparison,
} from './comparison.ts';
import { show } from './show.ts';

/** How politely a part is compared. */
export type PartOptions = {
  /** Calls that are taken at once from the source. */
  readonly size: number;
  /** Calls on their way at once, each to both sides. */
  readonly concurrency: number;
  /** Calls that begin in a second. */
  readonly rate: number;
  /** After which a call counts as one that has no answer, milliseconds. */
  readonly timeoutMs: number;
};

export type ComparedPart = {
  readonly tally: CallTally;
  readonly position: Position;
  readonly isEnd: boolean;
};

export type OperationId = Pick<ComparedOperation, 'repository' | 'operation'>;

export interface OpenComparison {
  /** Reads that have calls, and those that have none. */
  readonly operations: readonly (OperationId & { readonly hasCalls: boolean })[];
  /** Compares the calls behind a position. @throws CutoverError `CONNECTION_LOST` (worth trying again), `COMPARISON_FAILED`, `COMPARE_INVALID` */
  part(of: OperationId, from: Position, options: PartOptions): Promise<ComparedPart>;
  /** Makes the call of a mismatch again. @throws the same */
  replay(
    of: OperationId & { readonly id: string },
    args: readonly unknown[],
    options: ReplayOptions,
  ): Promise<{ readonly replayed: ReplayedCall; readonly redaction: RedactOptions }>;
  close(): Promise<void>;
}

export type ReplayOptions = Pick<PartOptions, 'timeoutMs'> & { readonly rounds: number };

/** Nobody waits for these copies, so they may be larger than in the shadow. */
const LIMITS: CaptureLimits = { nodes: 500_000, depth: 64, size: 33_554_432 };
/** Calls in a row without an answer: each of them keeps a connection, so that soon none is left. */
const MOST_UNANSWERED = 10;

type Open = {
  readonly methods: ReadonlyMap<string, (...args: readonly unknown[]) => unknown>;
  readonly queries: QueryCounter | undefined;
  readonly clock: Clock;
  readonly unanswered: Record<Side, number>;
};

/**
 * Opens both sides. Used by `cutover compare` and `cutover mismatches replay`, in a process apart.
 *
 * @param only this repository: of the others neither methods nor calls are asked for
 * @throws CutoverError `USAGE`, `COMPARE_INVALID`, `UNKNOWN_REPOSITORY`, `UNKNOWN_METHOD`; what `open` and `calls` throw
 * @example
 * const open = await openComparison(comparison, 'user', clock);
 * const { tally } = await open.part(open.operations[0], BEGIN, { size: 100, concurrency: 4, rate: 200, timeoutMs: 10_000 });
 */
export async function openComparison(
  comparison: Comparison,
  only: string,
  clock: Clock,
): Promise<OpenComparison> {
  checkComparison(comparison);
  const sides = await comparison.open();
  const close = async (): Promise<void> => sides.close?.();
  try {
    const declared = comparedOperations(comparison, comparison.calls(sides.source));
    const operations = declared.filter(({ repository }) => repository === only);
    if (operations.length === 0)
      throw unknownRepository(only, [...new Set(declared.map(({ repository }) => repository))]);
    const methods = new Map(
      operations.flatMap((one) => [
        [`control ${one.operation}`, methodOf('control', sides.control, one)] as const,
        [`candidate ${one.operation}`, methodOf('candidate', sides.candidate, one)] as const,
      ]),
    );
    return comparing(
      operations,
      { methods, queries: sides.queries, clock, unanswered: { control: 0, candidate: 0 } },
      close,
    );
  } catch (error) {
    await close();
    throw error;
  }
}

function comparing(
  operations: readonly ComparedOperation[],
  open: Open,
  close: () => Promise<void>,
): OpenComparison {
  const sources = new Map(
    operations.flatMap(({ repository, operation, calls }) =>
      calls === undefined
        ? []
        : [[operation, new ArgumentSource(`${repository}.${operation}`, calls, open.clock)] as const],
    ),
  );
  return {
    operations: operations.map(({ repository, operation }) => ({
      repository,
      operation,
      hasCalls: sources.has(operation),
    })),
    close,
    async part(of, from, options) {
      const source = sources.get(of.operation);
      if (source === undefined) throw unknownOperation(of, [...sources.keys()]);
      const taken = await source.take(from, options.size);
      const tally = await compareAll(known(operations, of), taken.calls, from.calls, options, open);
      return { tally, position: taken.position, isEnd: taken.isEnd };
    },
    async replay(of, args, { rounds, timeoutMs }) {
      const operation = known(operations, of);
      const ask = (side: Side): Promise<SideAnswer> => askSide(side, operation, args, timeoutMs, open);
      const replayed = await replayCall(of, ask, operation.rules, rounds);
      return { replayed, redaction: operation.redaction };
    },
  };
}

async function compareAll(
  operation: ComparedOperation,
  calls: readonly (readonly unknown[])[],
  first: number,
  { concurrency, rate, timeoutMs }: PartOptions,
  open: Open,
): Promise<CallTally> {
  const { clock } = open;
  const compared: Parameters<typeof tallyOf>[1][number][] = [];
  const waiting = calls.entries();
  let slot = clock.monotonic();
  let failed: unknown;
  const worker = async (): Promise<void> => {
    for (const [at, args] of waiting) {
      if (failed !== undefined) return;
      const mine = slot;
      slot = Math.max(slot, clock.monotonic()) + 1_000 / rate;
      if (mine > clock.monotonic()) await clock.sleep(mine - clock.monotonic());
      const ask = (side: Side): Promise<SideAnswer> => askSide(side, operation, args, timeoutMs, open);
      const found = await compareCall(ask, operation.rules, () => clock.now());
      compared.push({ ...found, call: first + at, args });
    }
  };
  const workers = Array.from({ length: concurrency }, () =>
    worker().catch((error: unknown) => (failed ??= error)),
  );
  await Promise.all(workers);
  if (failed !== undefined) throw failed;
  // The next part begins when its first call may.
  if (slot > clock.monotonic()) await clock.sleep(slot - clock.monotonic());
  return tallyOf(
    operation,
    compared.toSorted((a, b) => a.call - b.call),
    operation.redaction,
  );
}

/** A copy of one side's answer. A side that has none within its time has failed. */
async function askSide(
  side: Side,
  operation: ComparedOperation,
  args: readonly unknown[],
  timeoutMs: number,
  open: Open,
): Promise<SideAnswer> {
  const { clock, queries } = open;
  const method = open.methods.get(`${side} ${operation.operation}`);
  if (method === undefined) throw new Error(`${side} was not opened`);
  const own = copyOf(operation, args);
  const began = clock.monotonic();
  const stop = new AbortController();
  const call = async (): Promise<unknown> => method(...own);
  const answered = (queries === undefined ? call() : queries.during(call)).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const first = await Promise.race([
    answered,
    clock.sleep(timeoutMs, stop.signal).then(
      () => null,
      () => null,
    ),
  ]);
  stop.abort();
  const ms = clock.monotonic() - began;
  if (first === null) return unanswered(side, operation, timeoutMs, ms, open);
  open.unanswered[side] = 0;
  if ('error' in first) return failedSide(side, operation, first.error, ms);
  if (queries === undefined) return { seen: capture(first.value, LIMITS), ms, queries: null };
  // What `during` gives.
  const counted = first.value as { readonly value: unknown; readonly queries: number };
  return { seen: capture(counted.value, LIMITS), ms, queries: counted.queries };
}

function unanswered(
  side: Side,
  { repository, operation }: ComparedOperation,
  timeoutMs: number,
  ms: number,
  open: Open,
): SideAnswer {
  open.unanswered[side] += 1;
  const message = `no answer within ${timeoutMs} ms`;
  if (open.unanswered[side] >= MOST_UNANSWERED)
    throw new CutoverError(
      'COMPARISON_FAILED',
      `${side} of ${repository}.${operation}: ${MOST_UNANSWERED} calls in a row had ${message}`,
      {
        hint: 'each of them keeps a connection; see whether the database answers, and go on by the same command',
      },
    );
  // Nobody can say what control would have answered; a candidate without an answer has failed.
  const seen: Captured =
    side === 'control'
      ? { kind: 'too large', limit: `control had ${message}`, rows: undefined }
      : { kind: 'threw', value: { is: 'error', of: 'NoAnswer', message } };
  return { seen, ms, queries: null };
}

function failedSide(
  side: Side,
  { repository, operation }: ComparedOperation,
  error: unknown,
  ms: number,
): SideAnswer {
  const where = `${side} of ${repository}.${operation}`;
  if (refusedWrite(error) !== undefined)
    throw new CutoverError('COMPARE_INVALID', `${where} writes: ${describeError(error)}`, {
      hint: 'it is no read: take it out of reads, or correct it',
      cause: error,
    });
  if (isConnectionLost(error))
    throw new CutoverError('CONNECTION_LOST', `${where} cannot ask its database: ${describeError(error)}`, {
      hint: 'nothing of this part counts; see whether the database answers, and go on by the same command',
      cause: error,
    });
  return { seen: captureThrown(error), ms, queries: null };
}

/** A side that changes its arguments changes nothing for the other, nor for the next time. */
function copyOf({ repository, operation }: ComparedOperation, args: readonly unknown[]): readonly unknown[] {
  try {
    return structuredClone(args);
  } catch (error) {
    throw new CutoverError(
      'COMPARE_INVALID',
      `calls of ${repository}.${operation}: ${show(args)} cannot be copied: ${describeError(error)}`,
      { hint: 'arguments are plain data', cause: error },
    );
  }
}

function known(operations: readonly ComparedOperation[], of: OperationId): ComparedOperation {
  const found = operations.find(({ operation }) => operation === of.operation);
  if (found !== undefined) return found;
  throw unknownOperation(
    of,
    operations.map(({ operation }) => operation),
  );
}

function unknownOperation({ repository, operation }: OperationId, names: readonly string[]): CutoverError {
  const near = suggest(operation, names);
  return new CutoverError(
    'COMPARE_INVALID',
    `the comparison does not declare ${repository}.${operation} a read`,
    { hint: near === undefined ? `it has ${names.join(', ')}` : `did you mean "${near}"?` },
  );
}

function unknownRepository(name: string, names: readonly string[]): CutoverError {
  const near = suggest(name, names);
  return new CutoverError('UNKNOWN_REPOSITORY', `the comparison has no reads of "${name}"`, {
    hint: near === undefined ? `it has ${names.join(', ')}` : `did you mean "${near}"?`,
  });
}

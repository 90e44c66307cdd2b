import { checkLog, type State } from '../../engine/index.ts';
import { type Clock, CutoverError, describeError, type ErrorCode } from '../../kernel/index.ts';
import { faultOf, openSqliteStore, type Store, type StoredEvent } from '../../store/index.ts';

/** One stream of a state file, read to its end. */
export type StreamState = {
  readonly stream: string;
  readonly events: readonly StoredEvent[];
  /** Hash of the last event. */
  readonly head: string;
  /** Of the stored routing state; `null` before the first. */
  readonly epoch: number | null;
  /** What the log leads to. */
  readonly state: State;
};

export type Problem = { readonly code: ErrorCode; readonly what: string };

export type Verification = {
  readonly streams: readonly StreamState[];
  /** Empty when the file is what a store wrote, to the last event. */
  readonly problems: readonly Problem[];
};

/**
 * Reads a whole state file: sound to SQLite, every chain unbroken, every routing state the one that its log leads to.
 * Streams that can be read are returned whatever is wrong with others.
 *
 * @throws CutoverError where the file cannot be judged: locked, missing, not to be read
 */
export async function verifyState(file: string, clock: Clock): Promise<Verification> {
  const streams: StreamState[] = [];
  const problems: Problem[] = [];
  const collecting = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      problems.push(problemOf(error));
    }
  };
  await collecting(async () => {
    const store = await openSqliteStore({ file, clock, readOnly: true });
    try {
      const fault = faultOf(file);
      if (fault !== null) problems.push({ code: 'STORE_CORRUPT', what: `${file}: ${fault}` });
      for (const stream of await store.streams())
        await collecting(async () => void streams.push(await readStream(store, stream, problems)));
    } finally {
      await store.close();
    }
  });
  return { streams, problems };
}

async function readStream(store: Store, stream: string, problems: Problem[]): Promise<StreamState> {
  const events: StoredEvent[] = [];
  const check = await checkLog(store, stream, (page) => void events.push(...page));
  problems.push(...check.problems);
  return { stream, events, head: check.head, epoch: check.epoch, state: check.state };
}

/** What is wrong with the file's content. Whatever else went wrong is thrown on. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof CutoverError)) return { code: 'STORE_CORRUPT', what: describeError(error) };
  if (!['STORE_CORRUPT', 'STORE_VERSION', 'LOG_BROKEN'].includes(error.code)) throw error;
  return { code: error.code, what: error.message };
}

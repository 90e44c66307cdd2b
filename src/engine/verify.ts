import { CutoverError, describeError, type Json } from '../kernel/index.ts';
import {
  ChainCheck,
  type EventMark,
  type Store,
  type StoredEvent,
  type StoredRouting,
} from '../store/index.ts';
import { fold } from './evolve.ts';
import { emptyState, type State } from './state.ts';

/** Something in a state file that no store wrote like this. */
export type LogProblem = { readonly code: 'LOG_BROKEN' | 'STORE_CORRUPT'; readonly what: string };

export type LogCheck = {
  readonly stream: string;
  readonly events: number;
  /** Hash of the last event, empty without any. */
  readonly head: string;
  /** Of the stored routing state; `null` before the first. */
  readonly epoch: number | null;
  /** What the log leads to. */
  readonly state: State;
  /** Empty when the log is whole and the stored routing state the one that it leads to. */
  readonly problems: readonly LogProblem[];
};

/** So many events are in memory at a time. */
const PAGE = 1_000;

/**
 * Checks a stream from its first event to its last: the chain, the end that is kept beside the events, and the stored
 * routing state against what the log leads to. 100,000 events take four seconds, half of it to
 * read them. Others may append meanwhile.
 *
 * What it cannot see: an older file put in the place of a newer one, or somebody who rewrote all of it with new hashes.
 *
 * @param onEvents every page as it is read
 */
export async function checkLog(
  store: Store,
  stream: string,
  onEvents: (events: readonly StoredEvent[]) => void = () => {},
): Promise<LogCheck> {
  const end = await store.head(stream);
  const chain = new ChainCheck();
  let state = emptyState(stream);
  let atEnd: string | undefined;
  const readTo = async (last: number): Promise<void> => {
    while (state.seq < last) {
      const page = await store.read(stream, state.seq, Math.min(PAGE, last - state.seq));
      if (page.length === 0) return;
      chain.add(page);
      atEnd = page.find(({ seq }) => seq === end?.seq)?.hash ?? atEnd;
      onEvents(page);
      state = fold(state, page);
    }
  };
  const problems: LogProblem[] = [];
  let routing: StoredRouting | undefined;
  try {
    await readTo(Infinity);
    routing = await store.routing(stream);
    // Somebody appended since: what the row was written with is read, and nothing behind it.
    await readTo(routing?.mark?.seq ?? 0);
  } catch (error) {
    if (error instanceof CutoverError) throw error;
    problems.push({
      code: 'STORE_CORRUPT',
      what: `${stream}: what is behind event ${state.seq} leads to no state: ${describeError(error)}`,
    });
  }
  const verdict = chain.verdict();
  if (!verdict.ok) problems.push(broken(`${stream} is broken at event ${verdict.seq}: ${verdict.reason}`));
  else if (end !== undefined) problems.push(...endProblems(stream, end, state.seq, atEnd));
  if (problems.every(({ code }) => code !== 'STORE_CORRUPT')) {
    const expected = (state.routing ?? null) as Json;
    const epoch = routing?.epoch ?? null;
    const shouldBe = state.routing?.epoch ?? null;
    const different = [
      ...(epoch === shouldBe ? [] : [`its epoch is ${epoch}, the log leads to ${shouldBe}`]),
      ...routingDifferences(routing?.body ?? null, expected),
    ];
    problems.push(...different.map((what) => differs(stream, what)));
  }
  return { stream, events: state.seq, head: state.head, epoch: routing?.epoch ?? null, state, problems };
}

/**
 * For whoever is about to go on with a log. What takes back does not ask: it has to work with a broken one, too.
 *
 * @throws CutoverError `LOG_BROKEN` with all that is wrong in `details.problems`
 */
export async function loadSound(store: Store, stream: string): Promise<State> {
  const { state, problems } = await checkLog(store, stream);
  const [first] = problems;
  if (first === undefined) return state;
  throw new CutoverError('LOG_BROKEN', first.what, {
    hint: 'keep the file; see all with "cutover log verify", then restore a backup: cutover state restore <backup>. Taking back still works: cutover rollback',
    details: { problems },
  });
}

function endProblems(
  stream: string,
  end: EventMark,
  seq: number,
  atEnd: string | undefined,
): readonly LogProblem[] {
  if (atEnd === end.hash) return [];
  return [
    broken(
      seq < end.seq
        ? `${stream} was cut off behind event ${seq}: event ${end.seq} was the last one`
        : `${stream} has another event ${end.seq} than the one that was written last`,
    ),
  ];
}

/** Each place where the two differ. Members that only one has do not count: versions one step apart wrote them. */
function routingDifferences(stored: Json, folded: Json, path = ''): readonly string[] {
  if (Array.isArray(stored) && Array.isArray(folded) && stored.length === folded.length)
    return stored.flatMap((item, index) =>
      routingDifferences(item, folded[index] ?? null, `${path}[${index}]`),
    );
  if (isObject(stored) && isObject(folded)) {
    return Object.entries(stored).flatMap(([name, value]) =>
      name in folded
        ? routingDifferences(value, folded[name] ?? null, path === '' ? name : `${path}.${name}`)
        : [],
    );
  }
  const [is, should] = [stored, folded].map((value) => JSON.stringify(value));
  return is === should ? [] : [`${path === '' ? 'all of it' : path} is ${is}, the log leads to ${should}`];
}

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function broken(what: string): LogProblem {
  return { code: 'LOG_BROKEN', what };
}

function differs(stream: string, what: string): LogProblem {
  return {
    code: 'STORE_CORRUPT',
    what: `the stored routing state of ${stream} is not what its log leads to: ${what}`,
  };
}

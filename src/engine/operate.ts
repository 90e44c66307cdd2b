import { CutoverError, type Clock } from '../kernel/index.ts';
import type { FlagState } from '../route/index.ts';
import type { RoutingRecord, Store, StoredEvent } from '../store/index.ts';
import { toDraft, type CutoverEvent } from './events.ts';
import { evolve, fold } from './evolve.ts';
import { refuseRaiseInFreeze } from './frozen-flag.ts';
import { requestEvents, resolveFlag, type OperatorRequest } from './request.ts';
import { emptyState, type State } from './state.ts';

/** A log of any length is never in the memory as a whole. Events. */
const PAGE = 1_000;

/**
 * Reads a stream from its beginning, or continues from a state that was read before.
 *
 * @param betweenPages lets others have their turn, where there are some
 * @throws CutoverError `LOG_BROKEN` when the log does not go on where that state ended
 */
export async function loadState(
  store: Store,
  stream: string,
  from?: State,
  betweenPages: () => Promise<void> = async () => {},
): Promise<State> {
  for (let state = from ?? emptyState(stream); ;) {
    const events = await readBehind(store, state, PAGE);
    state = follow(state, events);
    if (events.length < PAGE) return state;
    await betweenPages();
  }
}

/**
 * The events behind a state. The one that the state ends with has to be there still: where it is not, the file was cut
 * off, or replaced by another one, also where that has nothing newer.
 *
 * @throws CutoverError `LOG_BROKEN`
 */
export async function readBehind(
  store: Store,
  { stream, seq, head }: State,
  most?: number,
): Promise<readonly StoredEvent[]> {
  if (seq === 0) return store.read(stream, 0, most);
  const [last, ...newer] = await store.read(stream, seq - 1, most === undefined ? most : most + 1);
  if (last?.hash !== head) throw brokenLog({ stream, seq });
  return newer;
}

/**
 * Events that were read behind a state.
 *
 * @throws CutoverError `LOG_BROKEN` when they belong to another past
 */
export function follow(state: State, events: readonly StoredEvent[]): State {
  const [first] = events;
  if (first !== undefined && state.seq > 0 && (first.seq !== state.seq + 1 || first.prev !== state.head))
    throw brokenLog(state);
  return fold(state, events);
}

/** An append that was refused as too late, and nothing newer is there: events that were read are gone. */
export function brokenLog({ stream, seq }: Pick<State, 'stream' | 'seq'>): CutoverError {
  return new CutoverError(
    'LOG_BROKEN',
    `${stream} does not go on behind event ${seq}, which was read before`,
    {
      hint: 'the state file was replaced, cut off or changed by hand: "cutover log verify", then restore a backup: cutover state restore <backup>. An instance goes back by itself with a file <plan id>.kill beside it',
    },
  );
}

/**
 * Appends events behind a state, with the routing state that they lead to in the same transaction.
 *
 * @throws CutoverError `SEQUENCE_CONFLICT` when the state is no longer the newest, `LEASE_LOST` when fenced off
 */
export async function appendEvents(
  store: Store,
  state: State,
  events: readonly CutoverEvent[],
  fence?: number,
): Promise<{ readonly state: State; readonly stored: readonly StoredEvent[] }> {
  if (events.length === 0) return { state, stored: [] };
  const routing = routingAfter(state, events);
  const stored = await store.append(state.stream, state.seq, events.map(toDraft), {
    ...(fence === undefined ? {} : { fence }),
    ...(routing === undefined ? {} : { routing }),
  });
  return { state: fold(state, stored), stored };
}

function routingAfter(state: State, events: readonly CutoverEvent[]): RoutingRecord | undefined {
  const after = events.reduce(
    (before, event) => evolve(before, event, { seq: before.seq + 1, at: 0, hash: '' }),
    state,
  );
  if (after.routing === null || after.routing.epoch === state.routing?.epoch) return undefined;
  return { epoch: after.routing.epoch, body: JSON.parse(JSON.stringify(after.routing)) };
}

/** Somebody else may write at the same moment; after this many tries something else is wrong. */
const MOST_TRIES = 50;

/**
 * Carries out a person's request on the newest state, however many others write at the same time.
 *
 * @throws CutoverError the refusal of the request, or the store's own failure
 */
export async function operate(
  store: Store,
  clock: Clock,
  stream: string,
  request: OperatorRequest,
): Promise<{ readonly state: State; readonly stored: readonly StoredEvent[] }> {
  let state = await loadState(store, stream);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await appendEvents(store, state, requestEvents(state, request));
    } catch (error) {
      const conflict = error instanceof CutoverError && error.code === 'SEQUENCE_CONFLICT';
      if (!conflict || attempt === MOST_TRIES) throw error;
      await clock.sleep(attempt);
      const newer = await loadState(store, stream, state);
      if (newer.seq === state.seq) throw brokenLog(state);
      state = newer;
    }
  }
}

/** A flag change from inside an application: the same request as `cutover flag set`, answered with the new value. */
export async function requestFlag(
  store: Store,
  clock: Clock,
  stream: string,
  change: {
    readonly flag: string;
    readonly value: boolean | number;
    readonly actor: string;
    readonly reason: string;
  },
): Promise<FlagState> {
  const before = await loadState(store, stream);
  const plan = before.run?.plan;
  if (plan !== undefined) refuseRaiseInFreeze(before, plan, change, clock.now());
  const { state } = await operate(store, clock, stream, { kind: 'set-flag', ...change });
  const { repository } = resolveFlag(state, change.flag);
  const flag = repository === undefined ? state.routing?.global : state.routing?.repositories[repository];
  if (flag === undefined)
    throw new CutoverError('UNKNOWN_FLAG', `there is no flag "${change.flag}" in ${stream}`);
  return flag;
}

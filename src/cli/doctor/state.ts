import { checkLog, Fleet, type InstanceView, streamOf } from '../../engine/index.ts';
import { type Clock, CutoverError, describeError } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import { placeText, type Store, storeExists, type StorePlace } from '../../store/index.ts';
import { openForReading } from '../session.ts';
import { bad, type Check, ok } from './check.ts';
import { checkClock } from './clock-check.ts';
import { checkFleet } from './fleet.ts';
import { checkHistory } from './history.ts';

/** An instance reports every second; three may be missed by chance. Milliseconds. */
const WATCH_MS = 3_000;
const LOOK_MS = 200;

type Looking = {
  readonly plan: Plan;
  readonly environments: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** What the state file holds. Reads only; where there is none, that is an answer. */
export async function checkState(place: StorePlace, looking: Looking): Promise<readonly Check[]> {
  const name = place.kind === 'sqlite' ? 'state file' : 'state';
  let store: Store;
  try {
    store = await openForReading(place, looking.clock);
  } catch (error) {
    return [failed(name, error)];
  }
  try {
    const text = placeText(place);
    const is = (await storeExists(place, looking.clock))
      ? `${text} can be read`
      : `no ${text} yet; the first run makes it`;
    return [ok(name, is), ...(await checkContent(store, looking))];
  } catch (error) {
    if (looking.signal.aborted) throw error;
    return [failed(name, error)];
  } finally {
    await store.close();
  }
}

async function checkContent(store: Store, looking: Looking): Promise<readonly Check[]> {
  const { plan, environments, clock } = looking;
  const logs = await Promise.all(environments.map((name) => checkStream(store, plan, name)));
  const newest = logs.flatMap(({ newest: at }) => at ?? []);
  const fleets = environments.map((name) => checkInstances(store, name, looking));
  return [
    ...logs.map(({ check }) => check),
    checkClock(newest.length === 0 ? null : Math.max(...newest), clock.now()),
    ...(await Promise.all(environments.map((name) => checkHistory(store, name, streamOf(plan.id, name))))),
    ...(await Promise.all(fleets)).flat(),
  ];
}

async function checkStream(
  store: Store,
  plan: Plan,
  environment: string,
): Promise<{ readonly check: Check; readonly newest: number | null }> {
  const name = `log of ${environment}`;
  let newest: number | null = null;
  try {
    const { events, problems } = await checkLog(store, streamOf(plan.id, environment), (page) => {
      newest = page.reduce<number | null>((most, { at }) => Math.max(most ?? at, at), newest);
    });
    const check =
      problems.length === 0
        ? ok(name, events === 0 ? 'nothing happened yet' : `${events} events, unbroken`)
        : bad(
            name,
            problems.map(({ what }) => what).join('; '),
            'keep it and restore a backup whose log is unbroken: docs/operations',
          );
    return { check, newest };
  } catch (error) {
    return { check: failed(name, error), newest: null };
  }
}

async function checkInstances(
  store: Store,
  environment: string,
  looking: Looking,
): Promise<readonly Check[]> {
  const stream = streamOf(looking.plan.id, environment);
  const views = await watchInstances(store, stream, looking);
  return checkFleet(environment, views, (await store.routing(stream))?.epoch ?? 0);
}

/** Looks until every instance has reported while it was watched, or should have. */
async function watchInstances(
  store: Store,
  stream: string,
  { plan, clock, signal }: Looking,
): Promise<readonly InstanceView[]> {
  const fleet = new Fleet(store, stream, plan.leaseMs);
  const until = clock.monotonic() + WATCH_MS;
  for (;;) {
    const views = await fleet.look(() => clock.monotonic());
    if (views.every(({ liveness }) => liveness === 'live') || clock.monotonic() >= until) return views;
    await clock.sleep(LOOK_MS, signal);
  }
}

function failed(name: string, error: unknown): Check {
  const known = error instanceof CutoverError ? error : undefined;
  const code = known === undefined ? '' : `${known.code}: `;
  return bad(name, `${code}${describeError(error)}`, known?.hint ?? 'restore it from a copy');
}

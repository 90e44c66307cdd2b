import { existsSync } from 'node:fs';
import { checkLog, Fleet, type InstanceView, streamOf } from '../../engine/index.ts';
import { type Clock, CutoverError, describeError } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { Store } from '../../store/index.ts';
import { openForReading } from '../session.ts';
import { bad, type Check, ok } from './check.ts';
import { checkClock } from './clock-check.ts';
import { checkFleet } from './fleet.ts';

const NAME = 'state file';

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
export async function checkStateFile(file: string, looking: Looking): Promise<readonly Check[]> {
  let store: Store;
  try {
    store = await openForReading(file, looking.clock);
  } catch (error) {
    return [failed(NAME, error)];
  }
  try {
    const is = existsSync(file) ? `${file} can be read` : `no ${file} yet; the first run makes it`;
    return [ok(NAME, is), ...(await checkContent(store, looking))];
  } catch (error) {
    if (looking.signal.aborted) throw error;
    return [failed(NAME, error)];
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
            'keep the file and restore a backup whose log is unbroken: cutover state restore',
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
  return bad(name, `${code}${describeError(error)}`, known?.hint ?? 'restore the file from a copy');
}

import { createCutover, type Cutover } from 'cutover';
import { pageBeacon, type Beacon } from 'cutover/beacon';
import { nodeSource } from 'cutover/node';
import { samples, shadow } from 'cutover/shadow';
import plan from '../cutover.config.ts';
import { READS } from './reads.ts';
import { bugsOf } from './bugs.ts';
import { openPool } from './database.ts';
import { withDrizzle } from './drizzle/index.ts';
import { Faults } from './faults.ts';
import { withPrisma } from './prisma/index.ts';
import { SHADOW } from './shadow.ts';
import { ShopError, type Repositories } from './types.ts';

const SHADOW_CONNECTIONS = 2;

export type Shop = {
  readonly cutover: Cutover;
  readonly repositories: Repositories;
  /** Absent without a secret to sign by. */
  readonly beacon: Beacon | undefined;
  close(): Promise<void>;
};

/** The shop's six repositories, each served by Prisma or by Drizzle. */
export function openShop(env: NodeJS.ProcessEnv): Shop {
  const url = env['DATABASE_URL'];
  if (url === undefined) throw new Error('DATABASE_URL says where the database is');
  // What runs in the shadow has connections of its own, and few of them.
  const pools = {
    control: openPool(url),
    candidate: openPool(url),
    shadow: openPool(url, SHADOW_CONNECTIONS),
  };
  const faults = new Faults(env['FAULTS']);
  const control = withPrisma(pools.control);
  const bugs = bugsOf(env['BUGS']);
  const candidate = faults.around(withDrizzle(pools.candidate, bugs));
  const inShadow = {
    control: withPrisma(pools.shadow),
    candidate: faults.around(withDrizzle(pools.shadow, bugs)),
  };
  const cutover = createCutover(plan, {
    source: nodeSource(plan, { environment: 'production' }),
    connections: () => Object.values(pools).reduce((sum, { totalCount }) => sum + totalCount, 0),
    shadow: shadow({
      inFlight: SHADOW_CONNECTIONS,
      samples: samples(),
      pool: () => ({
        waiting: pools.shadow.waitingCount,
        idle: SHADOW_CONNECTIONS - pools.shadow.totalCount + pools.shadow.idleCount,
      }),
    }),
  });
  const secret = env['BEACON_SECRET'];
  const beacon = secret === undefined ? undefined : pageBeacon(plan, cutover, { secret });
  const ignoreErrors = (error: unknown): boolean => error instanceof ShopError;
  const both = <R extends keyof Repositories>(name: R) => ({
    control: control[name],
    candidate: candidate[name],
    ignoreErrors,
    shadow: { ...SHADOW[name], control: inShadow.control[name], candidate: inShadow.candidate[name] },
  });
  return {
    cutover,
    beacon,
    repositories: {
      user: cutover.repository('user', { ...both('user'), reads: READS.user }),
      customer: cutover.repository('customer', { ...both('customer'), reads: READS.customer }),
      bike: cutover.repository('bike', { ...both('bike'), reads: READS.bike }),
      item: cutover.repository('item', { ...both('item'), reads: READS.item }),
      repair: cutover.repository('repair', { ...both('repair'), reads: READS.repair }),
      transaction: cutover.repository('transaction', { ...both('transaction'), reads: READS.transaction }),
    },
    async close() {
      await cutover.close();
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
    },
  };
}

import { createCutover, type Cutover } from 'cutover';
import { nodeSource } from 'cutover/node';
import plan from '../cutover.config.ts';
import { READS } from './reads.ts';
import { openPool } from './database.ts';
import { withDrizzle } from './drizzle/index.ts';
import { Faults } from './faults.ts';
import { withPrisma } from './prisma/index.ts';
import { ShopError, type Repositories } from './types.ts';

export type Shop = {
  readonly cutover: Cutover;
  readonly repositories: Repositories;
  close(): Promise<void>;
};

/** The shop's six repositories, each served by Prisma or by Drizzle. */
export function openShop(env: NodeJS.ProcessEnv): Shop {
  const url = env['DATABASE_URL'];
  if (url === undefined) throw new Error('DATABASE_URL says where the database is');
  const pools = { control: openPool(url), candidate: openPool(url) };
  const control = withPrisma(pools.control);
  const candidate = new Faults(env['FAULTS']).around(withDrizzle(pools.candidate));
  const cutover = createCutover(plan, {
    source: nodeSource(plan, { environment: 'production' }),
    connections: () => pools.control.totalCount + pools.candidate.totalCount,
  });
  const ignoreErrors = (error: unknown): boolean => error instanceof ShopError;
  const both = <R extends keyof Repositories>(name: R) => ({
    control: control[name],
    candidate: candidate[name],
    ignoreErrors,
  });
  return {
    cutover,
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
      await Promise.all([pools.control.end(), pools.candidate.end()]);
    },
  };
}

import { describeBoth, type DescribeBothOptions } from 'cutover/testing';
import { READS } from '../app/reads.ts';
import type { Repositories } from '../app/types.ts';
import { bikeCases } from './bike.ts';
import type { Cases, World } from './case.ts';
import { customerCases } from './customer.ts';
import { itemCases } from './item.ts';
import { repairCases } from './repair.ts';
import { transactionCases } from './transaction.ts';
import { userCases } from './user.ts';

export type Sides = { readonly control: Repositories; readonly candidate: Repositories };

/** The functions of a test runner that the suite needs. */
export type Runner = Pick<Required<Parameters<typeof describeBoth>>[3], 'describe' | 'beforeEach'> & {
  readonly it: (title: string, test: () => Promise<void>) => unknown;
};

type Reads<C extends object> = DescribeBothOptions<C>['reads'];

/**
 * Every case of every repository: on control, on the candidate, and on both, compared.
 *
 * @param only this repository
 */
export function describeShop(
  sides: () => Sides,
  world: () => World,
  runner: Runner,
  only?: keyof Repositories,
): void {
  const describe = <R extends keyof Repositories>(name: R, cases: Cases<Repositories[R]>): void => {
    if (only !== undefined && only !== name) return;
    const options: DescribeBothOptions<Repositories[R]> = {
      control: () => sides().control[name],
      candidate: () => sides().candidate[name],
      reads: READS[name] as unknown as Reads<Repositories[R]>,
    };
    const define = (repository: () => Repositories[R]): void => {
      for (const [title, run] of Object.entries(cases)) runner.it(title, () => run(repository(), world()));
    };
    describeBoth(name, options, define, runner);
  };
  describe('user', userCases);
  describe('customer', customerCases);
  describe('bike', bikeCases);
  describe('item', itemCases);
  describe('repair', repairCases);
  describe('transaction', transactionCases);
}

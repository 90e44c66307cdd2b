import type { READS } from './reads.ts';

/** The part of comparing answers that the shop decides. */
type Compared = {
  readonly [R in keyof typeof READS]: {
    readonly operations: {
      readonly [O in (typeof READS)[R][number]]?: { readonly ordered: true | readonly string[] };
    };
  };
};

/**
 * Which reads promise an order, in the shadow and when everything is compared. `ordered: true` where the order is whole,
 * because it ends in the number; inside of an answer (parts of a repair, lines of a receipt) it is promised too.
 */
export const SHADOW: Compared = {
  user: { operations: { list: { ordered: true } } },
  customer: { operations: { search: { ordered: true }, withOpenRepairs: { ordered: true } } },
  bike: { operations: { available: { ordered: true } } },
  item: { operations: { list: { ordered: true }, lowStock: { ordered: true } } },
  repair: { operations: { find: { ordered: true }, between: { ordered: true } } },
  transaction: { operations: { find: { ordered: true }, forCustomer: { ordered: true } } },
};

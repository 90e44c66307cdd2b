import type { Repositories } from './types.ts';

/** Operations that change nothing, of each repository. Every other one is a write: it has one side and is never compared. */
export const READS = {
  user: ['find', 'findByEmail', 'list'],
  customer: ['find', 'search', 'withOpenRepairs'],
  bike: ['find', 'available'],
  item: ['find', 'findBySku', 'list', 'lowStock'],
  repair: ['find', 'between'],
  transaction: ['find', 'forCustomer', 'revenue'],
} as const satisfies { readonly [R in keyof Repositories]: readonly (keyof Repositories[R])[] };

import type { Phase } from './plan.ts';

/** Where a phase does not say it: approved yesterday is not approved for ever. */
const APPROVED_WITHIN_MS = 86_400_000;

/** How long before the beginning of a phase an approval may have been given, milliseconds of the wall clock. */
export function approvedWithinMs({ needs }: Pick<Phase, 'needs'>): number {
  return needs.approvedWithinMs ?? APPROVED_WITHIN_MS;
}

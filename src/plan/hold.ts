import type { HoldStep } from './plan.ts';

/** A hold that took three days longer than it was meant to, or a gate that did not pass for so long, needs a person. */
export const PATIENCE_MS = 3 * 86_400_000;

/** How long a hold may last before a person is asked. The plan's time, milliseconds. */
export function maxHoldOf({ forMs, maxHoldMs }: HoldStep): number {
  return maxHoldMs ?? forMs + PATIENCE_MS;
}

import type { Plan } from '../plan/index.ts';
import { findUnanswerable } from './asked.ts';
import { findContradictions } from './contradiction.ts';
import type { Finding } from './finding.ts';
import { findForgeable } from './forgeable.ts';
import { findNeverPasses } from './never-passes.ts';
import { findNotUsed } from './not-used.ts';
import { findPlaceholders } from './placeholder.ts';
import { findScheduleTroubles } from './schedule.ts';
import { findUnusableRollbacks } from './rollback-unusable.ts';

/**
 * What a plan says and cannot mean, errors first. A plan that parses is a plan that could run; this is about whether
 * it would do what its author thinks. Pure.
 *
 * @param dayOne date of day 1 of the plan, if it is known: only then days have dates that can lie in a freeze
 */
export function lintPlan(plan: Plan, dayOne: string | null = null): readonly Finding[] {
  const findings = [
    ...findContradictions(plan),
    ...findNeverPasses(plan),
    ...findUnanswerable(plan),
    ...findPlaceholders(plan),
    ...findUnusableRollbacks(plan),
    ...findScheduleTroubles(plan, dayOne),
    ...findForgeable(plan),
    ...findNotUsed(plan),
  ];
  return findings.toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
}

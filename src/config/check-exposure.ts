import { servedExposure } from '../plan/index.ts';
import { type Problem, problemAt } from './problem.ts';
import type { ParsedPlan, ParsedStep } from './schema.ts';

/** What was exposed so far in one environment: the global flag, and repositories that have their own value. */
type Exposed = { global: number; readonly own: Map<string, number> };

/**
 * Exposure only rises along a plan. Going down is a rollback, which the engine does, verifies and records; a step
 * that lowers it would be a rollback that nobody sees.
 */
export function checkExposure(plan: ParsedPlan): readonly Problem[] {
  const exposed = new Map<string, Exposed>();
  return plan.phases.flatMap((phase, index) => {
    const now = exposed.get(phase.environment) ?? { global: 0, own: new Map<string, number>() };
    exposed.set(phase.environment, now);
    return phase.steps.flatMap((step, number) => {
      const before = step.kind === 'expose' ? raise(now, step) : undefined;
      if (step.kind !== 'expose' || before === undefined) return [];
      return [
        problemAt(
          ['phases', index, 'steps', number, 'exposure'],
          `${servedExposure(step) / 100} is below the ${before / 100} of a step before it; exposure only rises in an environment`,
        ),
      ];
    });
  });
}

/** Records the step; the exposure before it when that was higher. */
function raise(now: Exposed, step: ParsedStep & { kind: 'expose' }): number | undefined {
  const exposure = servedExposure(step);
  if (step.repositories === undefined) {
    // It is for everything: repositories do not keep a value of their own.
    const before = Math.max(now.global, ...now.own.values());
    now.global = exposure;
    now.own.clear();
    return before > exposure ? before : undefined;
  }
  const before = Math.max(...step.repositories.map((name) => now.own.get(name) ?? now.global));
  for (const name of step.repositories) now.own.set(name, exposure);
  return before > exposure ? before : undefined;
}

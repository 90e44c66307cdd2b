import { ROLLBACK_ALPHA } from '../src/gate/index.ts';
import { lowerBound } from './clopper-pearson.ts';
import { KINDS, play, type Kind, type Setup } from './gate-run.ts';
import type { Shape } from './worlds.ts';

/** How often identical code was taken back, for each list of rows that a plan could have. */
export type Certificate = {
  readonly shape: string;
  readonly rows: string;
  readonly runs: number;
  readonly taken: number;
  /** Runs in which a person was asked because both sides were beyond an absolute limit. */
  readonly asked: number;
  /** With 95 % confidence the true rate is at least this. */
  readonly atLeast: number;
  readonly holds: boolean;
};

/** One critical row of each kind alone, and all of them together; where there are ten repositories, all of each. */
export function plansFor(shape: Shape): readonly (readonly Kind[])[] {
  return shape.repositories === undefined ? [...KINDS.map((kind) => [kind]), KINDS] : [KINDS];
}

/**
 * @param judge another rule than ours, for showing that this certification can fail
 */
export function certify(
  shape: Shape,
  runs: number,
  plans: readonly (readonly Kind[])[] = plansFor(shape),
  judge?: Setup['judge'],
): readonly Certificate[] {
  const taken = plans.map(() => 0);
  const asked = plans.map(() => 0);
  for (let run = 0; run < runs; run += 1) {
    // A large odd step keeps the seeds of neighbouring runs apart.
    const seed = run * 7_919 + 13;
    play({ shape, plans, seed, ...(judge === undefined ? {} : { judge }) }).forEach((end, at) => {
      if (end.red !== null) taken[at] = (taken[at] ?? 0) + 1;
      if (end.asks !== null) asked[at] = (asked[at] ?? 0) + 1;
    });
  }
  return plans.map((kinds, at) => {
    const hits = taken[at] ?? 0;
    const atLeast = lowerBound(runs, hits);
    const rows =
      kinds.length === 1 ? (kinds[0]?.name ?? '') : `${kinds.length * (shape.repositories ?? 1)} rows`;
    return {
      shape: shape.name,
      rows,
      runs,
      taken: hits,
      asked: asked[at] ?? 0,
      atLeast,
      holds: atLeast <= ROLLBACK_ALPHA,
    };
  });
}

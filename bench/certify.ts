import { ROLLBACK_ALPHA } from '../src/gate/index.ts';
import { lowerBound } from './clopper-pearson.ts';
import { KINDS, MISMATCHES, play, type Kind, type Setup } from './gate-run.ts';
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

/** Runs of a shape, by their numbers: each has its own seed, so that parts that were played elsewhere can be added up. */
export type Part = { readonly from: number; readonly runs: number };

/** For each plan, in how many runs it was taken back and in how many a person was asked. */
export type Tallies = readonly { readonly taken: number; readonly asked: number }[];

/** One critical row of each kind alone, and all of them together; where there are ten repositories, five rows of each. */
export function plansFor(shape: Shape): readonly (readonly Kind[])[] {
  if (shape.repositories !== undefined) return [KINDS];
  const kinds = [...KINDS, MISMATCHES];
  return [...kinds.map((kind) => [kind]), kinds];
}

/** @param judge another rule than ours, for showing that a certification can fail */
export function playPart(
  shape: Shape,
  { from, runs }: Part,
  plans: readonly (readonly Kind[])[] = plansFor(shape),
  judge?: Setup['judge'],
): Tallies {
  const tallies = plans.map(() => ({ taken: 0, asked: 0 }));
  for (let run = from; run < from + runs; run += 1) {
    // A large odd step keeps the seeds of neighbouring runs apart.
    const seed = run * 7_919 + 13;
    play({ shape, plans, seed, ...(judge === undefined ? {} : { judge }) }).forEach(({ red, asks }, at) => {
      const tally = tallies[at];
      if (tally === undefined) return;
      if (red !== null) tally.taken += 1;
      if (asks !== null) tally.asked += 1;
    });
  }
  return tallies;
}

export function addTallies(one: Tallies, other: Tallies): Tallies {
  return one.map(({ taken, asked }, at) => ({
    taken: taken + (other[at]?.taken ?? 0),
    asked: asked + (other[at]?.asked ?? 0),
  }));
}

/** What so many runs say. */
export function certificatesOf(
  shape: Shape,
  runs: number,
  tallies: Tallies,
  plans: readonly (readonly Kind[])[] = plansFor(shape),
): readonly Certificate[] {
  return plans.map((kinds, at) => {
    const { taken, asked } = tallies[at] ?? { taken: 0, asked: 0 };
    const atLeast = lowerBound(runs, taken);
    const [only, ...others] = kinds;
    const rows =
      only !== undefined && others.length === 0
        ? only.name
        : `${kinds.length * (shape.repositories ?? 1)} rows`;
    return { shape: shape.name, rows, runs, taken, asked, atLeast, holds: atLeast <= ROLLBACK_ALPHA };
  });
}

/** All runs in this thread. */
export function certify(
  shape: Shape,
  runs: number,
  plans: readonly (readonly Kind[])[] = plansFor(shape),
  judge?: Setup['judge'],
): readonly Certificate[] {
  return certificatesOf(shape, runs, playPart(shape, { from: 0, runs }, plans, judge), plans);
}

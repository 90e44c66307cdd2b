import { capitalOf, pay, stake, worth, type Capital } from './capital.ts';
import type { Drawn, SeenAssignment } from './count-drawn.ts';

/** Why the sides are not divided as the exposure says. A gate with one does not pass. */
export type AssignmentFinding = {
  /** `shares-differ`: more or fewer calls than were drawn. `instances-aside`: some serve control by themselves. */
  readonly code: 'shares-differ' | 'instances-aside';
  readonly text: string;
};

/** What bets on each repository's shares own; carried through a run, so that it has one probability of a false alarm. */
export type AssignmentMemory = Readonly<Record<string, { readonly stage: string; readonly owned: Capital }>>;

export type JudgedAssignment = {
  readonly findings: readonly AssignmentFinding[];
  readonly memory: AssignmentMemory;
};

/** How far the odds may be off: a tenth, a quarter, twice, four times, either way. */
const OFF: readonly number[] = [1.1, 1.25, 2, 4].flatMap((times) => [times, 1 / times]);
const WEIGHTS = OFF.map(() => 1 / OFF.length);
const MOST_EVIDENCE = 1e6;
/** Of what is not staked yet, for each exposure. */
const STAKE_PER_STAGE = 0.7;
/** Probability with which a run of a sound assignment is told that it is none. */
export const ASSIGNMENT_ALPHA = 0.001;

/** How often over the evidence of one repository has to be won, of so many. */
export function assignmentNeeds(repositories: number): number {
  return Math.max(1, repositories) / ASSIGNMENT_ALPHA;
}

/**
 * Whether calls are divided as the exposure asks. A share that is not kept means that something else than the draw decides
 * whose calls are counted: a side that hangs, a process that dies with what it has not reported. Then no comparison of the
 * sides is worth anything, whatever the rows say. Pure.
 *
 * @param repositories how many the plan has; they share the probability of a false alarm
 */
export function judgeAssignment(
  seen: SeenAssignment,
  before: AssignmentMemory,
  stage: string,
  repositories: number,
): JudgedAssignment {
  const after = Object.entries(seen.drawn).map(
    ([name, drawn]) => [name, { stage, owned: assignmentAfter(begun(before[name], stage), drawn) }] as const,
  );
  const memory = { ...before, ...Object.fromEntries(after) };
  const needed = assignmentNeeds(repositories);
  const differing = after.filter(([, { owned }]) => worth(owned) >= needed);
  return {
    findings: [
      ...differing.map(([name, { owned }]): AssignmentFinding => ({
        code: 'shares-differ',
        text: `${name}: ${sharesText(seen.drawn[name])}, evidence ${worth(owned).toFixed(0)}x (${needed}x needed): calls of one side are lost, or something else than the exposure decides`,
      })),
      ...(seen.aside.length === 0
        ? []
        : [
            {
              code: 'instances-aside' as const,
              text: `instances serve control by themselves: ${seen.aside.join(', ')}`,
            },
          ]),
    ],
    memory,
  };
}

function begun(before: AssignmentMemory[string] | undefined, stage: string): Capital {
  if (before?.stage === stage) return before.owned;
  return stake(before?.owned ?? capitalOf(OFF.length), STAKE_PER_STAGE, WEIGHTS);
}

/** The evidence after one more look, in which each call was a draw of its own. */
export function assignmentAfter(before: Capital, { share, candidate, control }: Drawn): Capital {
  const calls = candidate + control;
  if (calls <= 0 || share <= 0 || share >= 1) return before;
  const factors = OFF.map((off) =>
    Math.exp(candidate * Math.log(off) - calls * Math.log1p(share * (off - 1))),
  );
  return pay(before, factors, MOST_EVIDENCE);
}

function sharesText(drawn: Drawn | undefined): string {
  if (drawn === undefined) return '';
  const { share, candidate, control } = drawn;
  const percent = (part: number): string => `${Number((part * 100).toPrecision(3))} %`;
  return `the candidate was given ${percent(share)}, and ${percent(candidate / Math.max(1, candidate + control))} of ${candidate + control} calls of the last look are its own`;
}

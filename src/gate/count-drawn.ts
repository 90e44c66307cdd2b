import type { Report } from './window.ts';

/** Calls of one repository in one look, each decided by a draw of its own. @property share asked for, 0..1 */
export type Drawn = { readonly share: number; readonly candidate: number; readonly control: number };

/** What a look sees of how calls are divided; it goes into the log as it is. */
export type SeenAssignment = {
  /** By repository. Empty where nothing can be compared. */
  readonly drawn: Readonly<Record<string, Drawn>>;
  /** Calls that say nothing about the shares, by why. */
  readonly left: Readonly<Partial<Record<LeftOut, number>>>;
  /** Instances that serve control though the exposure asks for more, with why. */
  readonly aside: readonly string[];
};

/**
 * Calls that are no draws of their own: decided once for a whole scope, by a key, by the instance or its environment; calls
 * around a change of the routing state, whose share is not known; and those of an instance with a shadow, in which one
 * repository may reach another.
 */
export type LeftOut = 'no share' | 'instance' | 'epoch' | 'pinned' | 'shadow';

/** What was asked for, of whom it can be judged. */
export type AskedAssignment = {
  readonly epoch: number;
  /** 0..1, by repository, of those that are exposed by a draw for each call. */
  readonly shares: Readonly<Record<string, number>>;
  /** Ids of instances whose side something else decides. */
  readonly otherwise: ReadonlySet<string>;
  readonly aside: readonly string[];
};

/** Adds up what the reports since the last look say about shares. */
export function countDrawn(reports: readonly Report[], asked: AskedAssignment): SeenAssignment {
  const drawn = new Map<string, { share: number; candidate: number; control: number }>();
  const left: Partial<Record<LeftOut, number>> = {};
  for (const report of reports) {
    const why = whyLeftOut(report, asked);
    for (const { repository, side, calls } of report.batch.operations) {
      const share = asked.shares[repository] ?? 0;
      const reason = share <= 0 || share >= 1 ? 'no share' : why;
      if (reason !== null) {
        left[reason] = (left[reason] ?? 0) + calls;
        continue;
      }
      const sum = drawn.get(repository) ?? { share, candidate: 0, control: 0 };
      sum[side] += calls;
      drawn.set(repository, sum);
    }
  }
  return { drawn: Object.fromEntries(drawn), left, aside: asked.aside };
}

function whyLeftOut({ instance, batch, isOfOneEpoch }: Report, asked: AskedAssignment): LeftOut | null {
  if (asked.otherwise.has(instance)) return 'instance';
  if (!isOfOneEpoch || batch.epoch !== asked.epoch) return 'epoch';
  // A report from before there was the number says nothing either way.
  if (batch.pinned !== 0) return 'pinned';
  return batch.shadow === undefined ? null : 'shadow';
}

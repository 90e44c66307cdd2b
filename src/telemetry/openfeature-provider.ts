import type { EvaluationContext, JsonValue, Provider, ResolutionDetails } from '@openfeature/server-sdk';
import { ErrorCode, StandardResolutionReasons as Reason } from '@openfeature/server-sdk';
import { findFlag, flagNames, type PlanInput } from '../plan/index.ts';
import type { Cutover, Explanation } from '../repository/index.ts';

/**
 * An OpenFeature provider that answers from the routing state: each flag of the plan is a boolean, `true` for the candidate,
 * with side and rule as variant and metadata. For code that branches outside of a repository. Nothing is asked over a
 * network: an answer comes from memory.
 *
 * A flag of a repository is what `cutover.which` says for the context's targeting key; the global flag is `true` while every
 * repository is on the candidate for it. A flag that the plan does not have is `FLAG_NOT_FOUND`, another type than
 * boolean is `TYPE_MISMATCH`. Evaluating it counts no call and takes part in a pin.
 *
 * @example
 * await OpenFeature.setProviderAndWait(cutoverProvider(plan, cutover));
 * await OpenFeature.getClient().getBooleanValue('drizzle_user_repo', false, { targetingKey: userId });
 */
export function cutoverProvider(
  plan: Pick<PlanInput, 'id' | 'flag' | 'repositories'>,
  cutover: Pick<Cutover, 'which' | 'clearFeatureFlagCache'>,
): Provider {
  const names = flagNames(plan);
  const known = (flag: string): { readonly repository?: string } | undefined => findFlag(names, flag);
  const explained = (flag: string, key: string | undefined): readonly Explanation[] => {
    const { repository } = known(flag) ?? {};
    const asked = repository === undefined ? Object.keys(plan.repositories) : [repository];
    return asked.map((name) => {
      const now = cutover.which(name);
      return now.why === 'pinned' || key === undefined ? now : cutover.which(name, { key });
    });
  };
  const other = async <T>(flag: string, value: T): Promise<ResolutionDetails<T>> => {
    if (known(flag) === undefined) return notFound(flag, value);
    const errorMessage = `flag "${flag}" is a boolean: true is the candidate`;
    return { value, reason: Reason.ERROR, errorCode: ErrorCode.TYPE_MISMATCH, errorMessage };
  };
  return {
    metadata: { name: 'cutover' },
    runsOn: 'server',
    /** Ready once the newest state was read. Without one, it is in error and every flag is control until there is one. */
    initialize: () => cutover.clearFeatureFlagCache(),
    resolveBooleanEvaluation: async (
      flag: string,
      value: boolean,
      { targetingKey }: EvaluationContext,
    ): Promise<ResolutionDetails<boolean>> =>
      known(flag) === undefined ? notFound(flag, value) : answer(explained(flag, targetingKey)),
    resolveStringEvaluation: other<string>,
    resolveNumberEvaluation: other<number>,
    resolveObjectEvaluation: <T extends JsonValue>(flag: string, value: T) => other(flag, value),
  };
}

function notFound<T>(flag: string, value: T): ResolutionDetails<T> {
  const errorMessage = `the plan has no flag "${flag}"`;
  return { value, reason: Reason.ERROR, errorCode: ErrorCode.FLAG_NOT_FOUND, errorMessage };
}

/** Of several repositories, the first that is on control speaks for all. */
function answer(explained: readonly Explanation[]): ResolutionDetails<boolean> {
  const said = explained.find(({ side }) => side === 'control') ?? explained[0];
  if (said === undefined) return { value: false, reason: Reason.DEFAULT };
  const { side, why, epoch, bucket, repository } = said;
  return {
    value: side === 'candidate',
    variant: side,
    reason: reasonOf(said),
    flagMetadata: { repository, why, epoch, ...(bucket === null ? {} : { bucket }) },
  };
}

function reasonOf({ why }: Explanation): string {
  switch (why) {
    case 'killed':
    case 'guard':
    case 'local kill':
      return Reason.DISABLED;
    case 'stale':
      return Reason.STALE;
    case 'environment':
      return Reason.STATIC;
    case 'deny list':
    case 'allow list':
      return Reason.TARGETING_MATCH;
    case 'repository exposure':
    case 'global exposure':
      return Reason.SPLIT;
    case 'pinned':
      return Reason.CACHED;
    case 'default':
      return Reason.DEFAULT;
  }
}

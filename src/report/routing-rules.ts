import { decidingFlag, isKilled, type FlagState, type RoutingState } from '../route/index.ts';
import type { FlagName, Plan } from '../plan/index.ts';

/** What decides which side serves a repository, as it is stored. Overrides of an instance's own environment are its own. */
export type RoutingRule = {
  readonly repository: string;
  readonly flag: string;
  /** The variable that overrides it on an instance. */
  readonly variable: string | null;
  /** Whose exposure counts: its own flag's or, while that one is unset, the global one's. */
  readonly by: 'own flag' | 'global flag' | 'nothing';
  /** Percent; `null` is unset. */
  readonly exposure: number | null;
  readonly of: FlagState['of'];
  readonly killed: FlagState['killed'];
  /** Percent of keys that stay on control as a control group. */
  readonly holdback: number | null;
  /** Percent of reads that the other side is asked for, too. */
  readonly shadow: number;
};

/** The rules of each repository, and what is the same for all of them. */
export type RoutingRules = {
  readonly epoch: number;
  readonly failSide: 'control' | 'candidate';
  readonly byEnvironment: boolean;
  /** How many sticky keys are always on the candidate, and never. */
  readonly allow: number;
  readonly deny: number;
  readonly rules: readonly RoutingRule[];
};

/** `null` before anything was registered. */
export function routingRules(
  routing: RoutingState | null,
  plan: Plan,
  repositories: readonly string[],
): RoutingRules | null {
  if (routing === null) return null;
  const { epoch, failSide, byEnvironment, allow, deny } = routing;
  const rules = repositories.flatMap((name) => {
    const flag = plan.repositories[name];
    return flag === undefined ? [] : [ruleOf(routing, name, flag)];
  });
  return { epoch, failSide, byEnvironment, allow: allow.length, deny: deny.length, rules };
}

function ruleOf(routing: RoutingState, repository: string, { name, env }: FlagName): RoutingRule {
  const own = routing.repositories[repository];
  const { exposure, of, holdback } = decidingFlag(routing, repository).flag;
  const isOwn = own !== undefined && own.exposure !== 'unset';
  const rates = routing.shadow;
  const killed = isKilled(routing, repository);
  return {
    repository,
    flag: name,
    variable: env,
    by: exposure === 'unset' ? 'nothing' : isOwn ? 'own flag' : 'global flag',
    exposure: exposure === 'unset' ? null : exposure / 100,
    of,
    killed,
    holdback: holdback === undefined ? null : holdback / 100,
    shadow: killed === false ? (rates?.repositories[repository] ?? rates?.all ?? 0) / 100 : 0,
  };
}

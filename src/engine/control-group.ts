import { decidingFlag, FULL_EXPOSURE, type RoutingState } from '../route/index.ts';

/**
 * What a repository's candidate is compared with: the share that control still serves, a holdback of a full exposure, what
 * the shadow asks control behind the candidate's answers, or nothing.
 */
export type ControlGroup = {
  readonly by: 'share' | 'holdback' | 'shadow' | 'none';
  /** Of the calls, or of the reads for the shadow; 1/100 of a percent. 0 for none. */
  readonly size: number;
};

/** By repository, of those that anything exposes. By environment nobody but the instances knows, so nothing is said. */
export function controlGroupsOf(routing: RoutingState | null): Readonly<Record<string, ControlGroup>> {
  if (routing === null || routing.global.killed !== false || routing.byEnvironment) return {};
  const found = Object.entries(routing.repositories).flatMap(([name, own]) => {
    const { exposure, holdback } = decidingFlag(routing, name).flag;
    if (own.killed !== false || exposure === 'unset' || exposure === 0) return [];
    return [[name, groupOf(exposure, holdback, routing.shadow?.repositories[name] ?? routing.shadow?.all)]];
  });
  return Object.fromEntries(found) as Readonly<Record<string, ControlGroup>>;
}

/** As a look keeps them: nothing while control serves the rest of each repository. */
export function groupsToSay(routing: RoutingState | null): {
  readonly controlGroups?: Readonly<Record<string, ControlGroup>>;
} {
  const controlGroups = controlGroupsOf(routing);
  return Object.values(controlGroups).every(({ by }) => by === 'share') ? {} : { controlGroups };
}

function groupOf(exposure: number, holdback: number | undefined, shadow: number | undefined): ControlGroup {
  if (holdback !== undefined) return { by: 'holdback', size: holdback };
  if (exposure < FULL_EXPOSURE) return { by: 'share', size: FULL_EXPOSURE - exposure };
  return shadow === undefined || shadow === 0 ? { by: 'none', size: 0 } : { by: 'shadow', size: shadow };
}

/** In words, a sentence each; empty while control simply serves the rest. */
export function controlGroupTexts(groups: Readonly<Record<string, ControlGroup>>): readonly string[] {
  const alike = Map.groupBy(Object.entries(groups), ([, { by, size }]) => `${by} ${size}`);
  const isAll = alike.size === 1;
  return [...alike.values()].flatMap((some) => {
    const [, group] = some[0] ?? [];
    const whom = isAll ? '' : ` of ${some.map(([name]) => name).join(', ')}`;
    return group === undefined ? [] : (textOf(group, whom) ?? []);
  });
}

function textOf({ by, size }: ControlGroup, whom: string): string | undefined {
  switch (by) {
    case 'share':
      return undefined;
    case 'holdback':
      return `Control group${whom}: ${size / 100} % held back.`;
    case 'shadow':
      return `Control group${whom}: the shadow asks control behind ${size / 100} % of reads and compares answers. No row is compared with its times: they are those of warm caches. Rows against control use control as last seen: weaker evidence.`;
    case 'none':
      return `No control group${whom}: control serves nobody. Rows against control use control as last seen, or the baseline: weaker evidence.`;
  }
}

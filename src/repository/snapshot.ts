import {
  compileRoute,
  decide,
  shadowRate,
  type CompiledRoute,
  type Decision,
  type Local,
  type RoutingState,
  type Side,
} from '../route/index.ts';

/** What an instance decides by, frozen: a newer state makes a new one, and a pin keeps the one it began with. */
export type Snapshot = {
  readonly state: RoutingState | undefined;
  readonly epoch: number;
  readonly failSide: Side;
  /** By the index of the repository. */
  readonly routes: readonly CompiledRoute[];
  /** By the index of the repository, 0..10000. */
  readonly shadowRates: readonly number[];
  /** Everything was killed hard: pins of older epochs are ignored. */
  readonly ignoresPins: boolean;
};

/** @param locals what the instance knows about each repository; `stale` in it is not looked at */
export function takeSnapshot(
  state: RoutingState | undefined,
  repositories: readonly string[],
  locals: readonly Local[],
): Snapshot {
  return {
    state,
    epoch: state?.epoch ?? 0,
    failSide: state?.failSide ?? 'control',
    routes: repositories.map((name, index) =>
      compileRoute(state, name, { ...localAt(locals, index), stale: false }),
    ),
    shadowRates: repositories.map((name, index) => shadowRate(state, name, localAt(locals, index))),
    ignoresPins: state?.global.killed === 'hard',
  };
}

/** The same decision with its reason, for people. */
export function explain(
  snapshot: Snapshot,
  repository: string,
  local: Local,
  key: string | undefined,
  random: () => number,
): Decision {
  return decide(snapshot.state, repository, local, { key, pinned: undefined, random });
}

function localAt(locals: readonly Local[], index: number): Local {
  const local = locals[index];
  if (local === undefined) throw new RangeError(`no local state for repository ${index}`);
  return local;
}

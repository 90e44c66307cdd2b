import { bucket } from './bucket.ts';
import { FULL_EXPOSURE, UNSET_FLAG, type FlagState, type RoutingState, type Side } from './state.ts';

/** Which rule answered, in the order in which they are asked. */
export type Why =
  | 'pinned'
  | 'killed'
  | 'guard'
  | 'local kill'
  | 'stale'
  | 'environment'
  | 'deny list'
  | 'allow list'
  | 'repository exposure'
  | 'global exposure'
  | 'default';

export type Decision = { readonly side: Side; readonly why: Why };

/** What an instance knows about itself and a repository when it decides. */
export type Local = {
  readonly instance: string;
  /** Overrides from the environment, read once at start-up. */
  readonly override: { readonly repository: boolean | undefined; readonly global: boolean | undefined };
  /** The instance's own guard for this repository has tripped. */
  readonly guardTripped: boolean;
  /** A kill file exists here. */
  readonly localKill: boolean;
  /** The state is older than its lease, or there never was one. */
  readonly stale: boolean;
};

/** What one call brings. */
export type Call = {
  /** User, tenant or request; `undefined` when the application gave none. */
  readonly key: string | undefined;
  /** A decision that a scope is bound to. */
  readonly pinned: Side | undefined;
  /** 0..9999, for a share of traffic without a key. */
  readonly random: () => number;
};

/**
 * Which implementation serves a call: the first rule that applies wins. The table is in `docs/reference/precedence.md`.
 *
 * `state` is `undefined` when nothing is known at all; that is control.
 */
export function decide(
  state: RoutingState | undefined,
  repository: string,
  local: Local,
  call: Call,
): Decision {
  const hard = state !== undefined && isKilled(state, repository) === 'hard';
  if (call.pinned !== undefined && !hard) return { side: call.pinned, why: 'pinned' };
  if (state === undefined) return { side: 'control', why: local.localKill ? 'local kill' : 'stale' };
  const fixed = fixedDecision(state, repository, local);
  if (fixed !== undefined) return fixed;
  const listed = listDecision(state, call.key);
  if (listed !== undefined) return listed;
  const { flag, why } = decidingFlag(state, repository);
  if (flag.exposure === 'unset') return { side: 'control', why: 'default' };
  return { side: exposedSide(state, flag, local.instance, call), why };
}

/** Rules 2 and 3: those that are the same for every call. */
export function fixedDecision(state: RoutingState, repository: string, local: Local): Decision | undefined {
  const fail = (why: Why): Decision => ({ side: state.failSide, why });
  if (isKilled(state, repository) !== false) return fail('killed');
  if (local.guardTripped) return fail('guard');
  if (local.localKill) return fail('local kill');
  if (local.stale) return fail('stale');
  for (const override of [local.override.repository, local.override.global]) {
    if (override === false) return { side: 'control', why: 'environment' };
    // Without a step that turns instances on this way, `true` is reported and not obeyed: the plan raises, not a shell.
    if (override === true && state.byEnvironment) return { side: 'candidate', why: 'environment' };
  }
  return undefined;
}

function listDecision(state: RoutingState, key: string | undefined): Decision | undefined {
  if (key === undefined) return undefined;
  if (state.deny.includes(key)) return { side: 'control', why: 'deny list' };
  if (state.allow.includes(key)) return { side: 'candidate', why: 'allow list' };
  return undefined;
}

/** The repository's own flag if it has an opinion, else the global one. */
export function decidingFlag(
  state: RoutingState,
  repository: string,
): { readonly flag: FlagState; readonly why: Why } {
  const own = state.repositories[repository] ?? UNSET_FLAG;
  return own.exposure === 'unset'
    ? { flag: state.global, why: 'global exposure' }
    : { flag: own, why: 'repository exposure' };
}

function exposedSide(state: RoutingState, flag: FlagState, instance: string, { key, random }: Call): Side {
  const exposure = flag.exposure === 'unset' ? 0 : flag.exposure;
  switch (flag.of) {
    case 'instances':
      return flag.instances.includes(instance) ? 'candidate' : 'control';
    case 'users':
      if (key === undefined) return state.failSide;
      return bucket(state.salt, key) < exposure ? 'candidate' : 'control';
    case 'traffic': {
      const at = key === undefined ? Math.floor(random() * FULL_EXPOSURE) : bucket(state.salt, key);
      return at < exposure ? 'candidate' : 'control';
    }
  }
}

/** The kill that applies to a repository: the global one or its own. */
export function isKilled(state: RoutingState, repository: string): FlagState['killed'] {
  const own = state.repositories[repository]?.killed ?? false;
  if (own === 'hard' || state.global.killed === 'hard') return 'hard';
  return own === false ? state.global.killed : own;
}

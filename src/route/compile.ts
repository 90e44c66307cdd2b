import { murmur3After, murmur3Begin } from '../kernel/index.ts';
import { decide, decidingFlag, fixedDecision, isKilled, type Local } from './decide.ts';
import type { RoutingState, Side } from './state.ts';

/**
 * `decide` with everything done beforehand that is the same for every call, remade when the state or the instance
 * changes. A call then costs a hash at most.
 */
export type CompiledRoute = {
  readonly epoch: number;
  /** Pins of an older epoch are not respected. */
  readonly ignoresPins: boolean;
  /** The side of every call, when that does not depend on the call. */
  readonly fixed: Side | undefined;
  /** The side of a call without a pin. @param key the sticky key; @param random 0 up to 1, for traffic without a key */
  readonly side: (key: string | undefined, random: () => number) => Side;
  /** Whether a call without a key is one that should have had one. */
  readonly needsKey: boolean;
};

/** @param local as it is now; `stale` is judged by the caller for each call, against the clock it reads anyway */
export function compileRoute(
  state: RoutingState | undefined,
  repository: string,
  local: Local,
): CompiledRoute {
  const always = (side: Side): CompiledRoute => ({
    epoch: state?.epoch ?? 0,
    ignoresPins: state !== undefined && isKilled(state, repository) === 'hard',
    fixed: side,
    side: () => side,
    needsKey: false,
  });
  if (state === undefined) return always('control');
  const fixed = fixedDecision(state, repository, local);
  if (fixed !== undefined) return always(fixed.side);
  const { flag } = decidingFlag(state, repository);
  const exposure = flag.exposure === 'unset' ? 0 : flag.exposure;
  const hasLists = state.allow.length > 0 || state.deny.length > 0;
  if (!hasLists && flag.exposure === 'unset') return always('control');
  if (!hasLists && flag.of === 'instances')
    return always(flag.instances.includes(local.instance) ? 'candidate' : 'control');
  const salted = murmur3Begin(`${state.salt}:`);
  const threshold = (exposure * 4_294_967_296) / 10_000;
  const { failSide } = state;
  const missing = (random: () => number): Side => {
    if (flag.exposure === 'unset') return 'control';
    if (flag.of === 'users') return failSide;
    return random() * 10_000 < exposure ? 'candidate' : 'control';
  };
  const hashed = (key: string | undefined, random: () => number): Side => {
    if (key === undefined) return missing(random);
    return murmur3After(salted, key) < threshold ? 'candidate' : 'control';
  };
  const slow = (key: string | undefined, random: () => number): Side =>
    decide(state, repository, local, { key, pinned: undefined, random }).side;
  return {
    epoch: state.epoch,
    ignoresPins: false,
    fixed: undefined,
    side: hasLists ? slow : hashed,
    needsKey: flag.exposure !== 'unset' && flag.of === 'users',
  };
}

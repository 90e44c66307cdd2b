import { CutoverError } from '../kernel/index.ts';
import type { PlanInput } from '../plan/index.ts';
import {
  FULL_EXPOSURE,
  UNSET_FLAG,
  type ExposureUnit,
  type FlagState,
  type RoutingState,
} from '../route/index.ts';

// What the engine does to flags, without a run: as the log's fold has it (`engine/evolve.ts`), so that a test sees
// the states that production has. A run's ownership of its flags is not among them.

/** The state of a migration in which nothing has happened. */
export function startState(
  plan: Pick<PlanInput, 'id' | 'repositories' | 'salt' | 'allow' | 'deny'> | undefined,
  environment: string,
  staleAfterMs: number,
): RoutingState {
  const migration = plan?.id ?? 'test';
  return {
    v: 1,
    migration,
    environment,
    epoch: 1,
    salt: plan?.salt ?? migration,
    failSide: 'control',
    byEnvironment: false,
    global: UNSET_FLAG,
    repositories: Object.fromEntries(Object.keys(plan?.repositories ?? {}).map((name) => [name, UNSET_FLAG])),
    allow: plan?.allow ?? [],
    deny: plan?.deny ?? [],
    staleAfterMs,
  };
}

/** One flag of a state, changed. @param repository `undefined` for the global flag */
export function withFlag(
  { global, repositories }: RoutingState,
  repository: string | undefined,
  change: (flag: FlagState) => FlagState,
): Pick<RoutingState, 'global' | 'repositories'> {
  if (repository === undefined) return { global: change(global), repositories };
  return {
    global,
    repositories: { ...repositories, [repository]: change(repositories[repository] ?? UNSET_FLAG) },
  };
}

/** @throws CutoverError `FLAG_KILLED`: a kill is left by `resume` only */
export function exposed(flag: FlagState, exposure: FlagState['exposure'], of: ExposureUnit): FlagState {
  const instances = of === 'instances' && exposure !== 0 ? flag.instances : [];
  if (flag.killed === false) return { exposure, of, instances, killed: false };
  throw new CutoverError('FLAG_KILLED', `the flag is killed (${flag.killed})`, { hint: 'resume() first' });
}

/**
 * A repository taken back, or everything: then the exposures of all repositories go too, so that leaving the kill
 * exposes nobody.
 *
 * @throws CutoverError `POINT_OF_NO_RETURN`
 */
export function killed(
  state: RoutingState,
  repository: string | undefined,
  mode: 'drain' | 'hard',
): Partial<RoutingState> {
  if (state.failSide === 'candidate') {
    throw new CutoverError('POINT_OF_NO_RETURN', 'past the point of no return nothing can be killed', {
      hint: 'a kill file and a stale state still take the fail side, which is the candidate',
    });
  }
  const kill = (flag: FlagState): FlagState => ({ ...flag, exposure: 0, instances: [], killed: mode });
  if (repository !== undefined) return withFlag(state, repository, kill);
  const repositories = Object.entries(state.repositories).map(([name, flag]) => [
    name,
    flag.exposure === 'unset' ? flag : kill(flag),
  ]);
  return { global: kill(state.global), repositories: Object.fromEntries(repositories), byEnvironment: false };
}

/** A kill left behind: no opinion, as before anything was exposed. Without a repository every kill is left. */
export function resumed(state: RoutingState, repository: string | undefined): Partial<RoutingState> {
  const lift = (flag: FlagState): FlagState => (flag.killed === false ? flag : UNSET_FLAG);
  if (repository !== undefined) return withFlag(state, repository, lift);
  const repositories = Object.entries(state.repositories).map(([name, flag]) => [name, lift(flag)]);
  return { global: lift(state.global), repositories: Object.fromEntries(repositories) };
}

/**
 * Percent as hundredths of one.
 *
 * @throws CutoverError `FLAG_VALUE_INVALID`
 */
export function exposureOfPercent(flag: string, percent: number): number {
  const exposure = Math.round(percent * 100);
  if (exposure >= 0 && exposure <= FULL_EXPOSURE && Math.abs(exposure - percent * 100) <= 1e-6)
    return exposure;
  throw new CutoverError(
    'FLAG_VALUE_INVALID',
    `flag "${flag}": ${percent} is outside 0..100 percent with two decimals`,
    { hint: 'give a percentage such as 10 or 0.25' },
  );
}

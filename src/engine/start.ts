import { selfTest } from '../gate/index.ts';
import {
  canonicalJson,
  CutoverError,
  dateText,
  localTime,
  type Clock,
  type Random,
} from '../kernel/index.ts';
import { environmentPhases, stepAt, type Plan } from '../plan/index.ts';
import { FULL_EXPOSURE } from '../route/index.ts';
import type { Store } from '../store/index.ts';
import type { By, Evidence, Registration } from './events.ts';
import { loadState, operate } from './operate.ts';
import { requestEvents } from './request.ts';
import { rowsOf } from './rows.ts';
import { isWeighty } from './skip.ts';
import { streamOf, type State } from './state.ts';
import { refuseTaken } from './taken.ts';

/** What a plan registers in a stream: what flags and instances need before and between runs. */
export function registrationOf(plan: Plan, environment: string): Registration {
  return {
    migration: plan.id,
    environment,
    salt: plan.salt,
    names: { global: plan.flag, repositories: plan.repositories },
    allow: plan.allow,
    deny: plan.deny,
    leaseMs: plan.leaseMs,
  };
}

/** Registers a plan in its stream if it is not, or if its names or lists changed. Creates every flag `unset`. */
export async function register(store: Store, clock: Clock, plan: Plan, environment: string): Promise<State> {
  const stream = streamOf(plan.id, environment);
  const state = await loadState(store, stream);
  const registration = registrationOf(plan, environment);
  if (state.registration !== null && canonicalJson(state.registration) === canonicalJson(registration))
    return state;
  return (await operate(store, clock, stream, { kind: 'register', registration })).state;
}

/** Before the first run there is nothing to kill yet. What is registered stays: an edited plan takes no effect by a kill. */
export async function registerFirst(
  store: Store,
  clock: Clock,
  plan: Plan,
  environment: string,
): Promise<void> {
  const { registration } = await loadState(store, streamOf(plan.id, environment));
  if (registration === null) await register(store, clock, plan, environment);
}

export type StartOptions = By & {
  readonly plan: Plan;
  readonly planHash: string;
  readonly environment: string;
  /** 1 is the plan's own clock; 14400 plays an hour in 250 ms. */
  readonly timeScale: number;
  readonly random: Random;
  /** Date of day 1 of the plan. @default the evidence's, else today in the plan's time zone */
  readonly startOn?: string;
  /** Whether evidence counts in a protected environment although steps were left out of it. @default false */
  readonly override?: boolean;
};

/**
 * Starts a run in an environment.
 *
 * @throws CutoverError `RUN_ACTIVE`, `RED_NOT_ACKNOWLEDGED`, `EVIDENCE_MISSING`, `BASELINE_MISSING`,
 *   `GATE_SILENT`, `REPOSITORY_TAKEN`, `UNKNOWN_ENVIRONMENT`
 */
export async function startRun(store: Store, clock: Clock, options: StartOptions): Promise<State> {
  const { plan, planHash, environment, timeScale, random, actor, reason } = options;
  if (environmentPhases(plan, environment).length === 0) {
    throw new CutoverError(
      'UNKNOWN_ENVIRONMENT',
      `plan "${plan.id}" has no phase in environment "${environment}"`,
      {
        hint: `its environments: ${plan.environments.map(({ name }) => name).join(', ')}`,
      },
    );
  }
  const state = await register(store, clock, plan, environment);
  const by = { actor, reason };
  // What is active or was taken back is refused before anything about other environments is said.
  requestEvents(state, { kind: 'start', run: '', plan, planHash, timeScale, evidence: null, ...by });
  await refuseTaken(store, plan, environment);
  const evidence = await findEvidence(store, state, options);
  requireBaseline(state, plan, environment);
  requireLoudGates(plan);
  const run = `${environment}-${(state.history.length + 1).toString()}-${Math.floor(random() * 0xffff)
    .toString(16)
    .padStart(4, '0')}`;
  const today = dateText(localTime(clock.now(), plan.schedule.timeZone).date);
  const dayOne = options.startOn ?? evidence?.dayOne ?? today;
  const request = { kind: 'start', run, plan, planHash, timeScale, evidence, dayOne, ...by } as const;
  return (await operate(store, clock, state.stream, request)).state;
}

/** The completed run in the environment before: of this plan, on this clock or the plan's own, and not disproved since. */
async function findEvidence(store: Store, state: State, options: StartOptions): Promise<Evidence | null> {
  const { plan, planHash, environment, timeScale } = options;
  const index = plan.environments.findIndex(({ name }) => name === environment);
  const before = plan.environments
    .slice(0, Math.max(0, index))
    .findLast(({ name }) => environmentPhases(plan, name).length > 0);
  if (before === undefined) return null;
  const missing = (why: string): CutoverError =>
    new CutoverError('EVIDENCE_MISSING', `${environment} needs the evidence of ${before.name}: ${why}`, {
      hint: `complete it first: cutover run --environment ${before.name}`,
    });
  const last = (await loadState(store, streamOf(plan.id, before.name))).history.at(-1);
  if (last === undefined) throw missing('no run was completed there');
  if (last.outcome !== 'completed') throw missing(`its last run ${last.id} ended in ${last.outcome}`);
  if (last.planHash !== planHash)
    throw missing(
      `its last run ${last.id} was of plan ${last.planHash.slice(0, 12)}, this is ${planHash.slice(0, 12)}`,
    );
  if (last.timeScale !== 1 && last.timeScale !== timeScale)
    throw missing(`its last run ${last.id} was a rehearsal on a compressed clock`);
  const whole = state.rollback?.repositories === null ? state.rollback : null;
  // By the run and by the clock: a clock that was set back must not make old evidence new.
  if (whole !== null && (whole.disproves === last.id || last.endedAt < whole.startedAt))
    throw missing(`${environment} was taken back after run ${last.id} completed there`);
  const left = last.skipped.map(({ phase, step }) => `${phase}/${step}`);
  const weighty = last.skipped.filter((one) => {
    const at = stepAt(plan, one);
    return at === undefined || isWeighty(at.step);
  });
  const isProtected = plan.environments.some((one) => one.name === environment && one.protected);
  if (weighty.length > 0 && isProtected && options.override !== true) {
    throw new CutoverError(
      'EVIDENCE_MISSING',
      `${environment} needs the evidence of ${before.name}: its last run ${last.id} left out ${left.join(', ')}`,
      {
        hint: `run it whole: cutover run --environment ${before.name}; to go on all the same, add --override`,
      },
    );
  }
  return {
    environment: before.name,
    run: last.id,
    seq: last.seq,
    hash: last.hash,
    ...(left.length === 0 ? {} : { skipped: left }),
    ...(last.dayOne === null || last.timeScale !== 1 ? {} : { dayOne: last.dayOne }),
  };
}

/** A row that compares with a baseline can never pass without one; nor one against control where control never serves. */
function requireBaseline(state: State, plan: Plan, environment: string): void {
  if (state.baseline !== null) return;
  const steps = environmentPhases(plan, environment).flatMap((phase) => phase.steps);
  const gates = new Set(['matrix', ...steps.flatMap((step) => ('gate' in step ? [step.gate] : []))]);
  const rows = [...gates].flatMap((gate) => rowsOf(plan, gate)).concat(plan.rollback.confirm?.rows ?? []);
  const first = steps.find((step) => step.kind === 'expose');
  const hasControl = first !== undefined && first.exposure < FULL_EXPOSURE;
  const row = rows.find(({ against }) => against === 'baseline' || (against === 'control' && !hasControl));
  if (row === undefined) return;
  throw new CutoverError(
    'BASELINE_MISSING',
    `row "${row.title}" compares with a baseline and ${environment} has none`,
    {
      hint: `record one while control serves: cutover baseline record --environment ${environment} --for 5m`,
    },
  );
}

/** A row that stays calm when everything fails would let anything through. */
function requireLoudGates(plan: Plan): void {
  const [silent, ...more] = selfTest(plan);
  if (silent === undefined) return;
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  throw new CutoverError(
    'GATE_SILENT',
    `row "${silent.row}" of ${silent.gate} did not go red when failing samples were put in: ${silent.reason}${others}`,
    {
      hint: 'lower the limit to something that can be measured, or take the row out; cutover plan lint says more',
      details: { silent: [silent, ...more] },
    },
  );
}

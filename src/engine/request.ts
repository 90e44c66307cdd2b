import { CutoverError, hasControls, suggest } from '../kernel/index.ts';
import {
  allFlagNames,
  findFlag,
  stepAt,
  type FlagNames,
  type Phase,
  type Plan,
  type Step,
} from '../plan/index.ts';
import { FULL_EXPOSURE, isKilled, type RoutingState } from '../route/index.ts';
import { approve, reject } from './approve.ts';
import { delayOf } from './delay.ts';
import { mustBeOver } from './confirm.ts';
import type { By, CutoverEvent, Evidence, Registration } from './events.ts';
import { holdAgain } from './hold-again.ts';
import { waitingFor } from './next.ts';
import { overrideDelay } from './override.ts';
import { skip } from './skip.ts';
import { activeRun, type Run, type State } from './state.ts';

/** What a person, or the application by its own code, asks of a migration. Every one names an actor and a reason. */
export type OperatorRequest =
  | { readonly kind: 'register'; readonly registration: Registration }
  | ({
      readonly kind: 'start';
      readonly run: string;
      readonly plan: Plan;
      readonly planHash: string;
      readonly timeScale: number;
      readonly evidence: Evidence | null;
      /** Date of day 1 of the plan. @default the day on which the run starts */
      readonly dayOne?: string;
    } & By)
  | ({
      readonly kind: 'accept-plan';
      readonly plan: Plan;
      readonly planHash: string;
      readonly diff: readonly PlanDifference[];
    } & By)
  | ({ readonly kind: 'pause' } & By)
  /** Continues a paused run; after a rollback or kill lifts it. @param repositories `null` is everything */
  | ({
      readonly kind: 'resume';
      readonly repositories: readonly string[] | null;
      /** Also when nothing has shown that the trouble is over. */
      readonly unresolved?: boolean;
    } & By)
  | ({ readonly kind: 'advance'; readonly choose: string | null; readonly retry: boolean } & By)
  /** Does not wait for the day, window or freeze that holds the run back. */
  | ({ readonly kind: 'override' } & By)
  /** Leaves out a step. @param name `phase/step`, or the step's id; `override`: also what a protected environment asks for */
  | ({ readonly kind: 'skip'; readonly name: string; readonly override: boolean } & By)
  | ({
      readonly kind: 'rollback';
      readonly repositories: readonly string[] | null;
      readonly mode: 'drain' | 'hard';
    } & By)
  /** Confirms items of a checklist of the plan. @param items their texts, or numbers from 1; `null` is all of them */
  | ({
      readonly kind: 'check';
      readonly plan: Plan;
      readonly checklist: string;
      readonly items: readonly string[] | null;
    } & By)
  /** Approves the plan with this hash, as one of the roles that its phases need. */
  | ({
      readonly kind: 'approve';
      readonly plan: Plan;
      readonly planHash: string;
      readonly role: string;
      /** Wall clock, milliseconds: an approval that is too old is given again. */
      readonly now: number;
    } & By)
  /** Says no to the plan with this hash, as one of those roles: its run is paused. */
  | ({ readonly kind: 'reject'; readonly plan: Plan; readonly planHash: string; readonly role: string } & By)
  /** Adds to a counter that a row of the run's plan judges. @param count at least 1 */
  | ({ readonly kind: 'count'; readonly counter: string; readonly count: number } & By)
  | ({ readonly kind: 'set-flag'; readonly flag: string; readonly value: boolean | number } & By);

/** One place where two plans differ. */
export type PlanDifference = {
  readonly path: string;
  readonly from: string | number | boolean | null;
  readonly to: string | number | boolean | null;
};

/** Used when no run gives one: plan 000 allows a minute. */
const DEFAULT_BUDGET_MS = 60_000;

/**
 * The events of a request, or the refusal. None when what is asked for is already so.
 *
 * @throws CutoverError the refusal, with what to do instead
 */
export function requestEvents(state: State, request: OperatorRequest): readonly CutoverEvent[] {
  if (request.kind === 'register')
    return [{ kind: 'migration.registered', registration: request.registration }];
  if (request.reason.trim() === '') {
    throw new CutoverError('REASON_MISSING', `${request.kind} needs a reason`, {
      hint: 'add --reason "why"; it is kept in the log',
    });
  }
  refuseControls(request);
  const by: By = { actor: request.actor, reason: request.reason };
  switch (request.kind) {
    case 'start':
      return start(state, request);
    case 'accept-plan':
      mustBeActive(state);
      return [
        {
          kind: 'plan.accepted',
          plan: request.plan,
          planHash: request.planHash,
          diff: [...request.diff],
          ...by,
        },
      ];
    case 'pause':
      return pause(mustBeActive(state), by);
    case 'resume':
      return resume(state, request.repositories, request.unresolved ?? false, by);
    case 'advance':
      return advance(state, mustBeActive(state), request);
    case 'override':
      return overrideDelay(state, mustBeActive(state), by);
    case 'skip':
      return skip(state, mustBeActive(state), request, by);
    case 'rollback':
      return rollback(state, request.repositories, request.mode, 'person', by);
    case 'check':
      return check(state, request, by);
    case 'approve':
      return approve(state, request, by);
    case 'reject':
      return reject(state, request, by);
    case 'count':
      return count(mustBeActive(state), request.counter, request.count, by);
    case 'set-flag':
      return setFlag(state, request);
  }
}

/** The log is shown in terminals, and each of its events is a line there. */
function refuseControls(by: By): void {
  for (const name of ['actor', 'reason'] as const)
    if (hasControls(by[name]))
      throw new CutoverError('USAGE', `the ${name} has control characters or line ends`, {
        hint: 'write it as one line of plain text',
      });
}

function start(state: State, request: Extract<OperatorRequest, { kind: 'start' }>): readonly CutoverEvent[] {
  const run = activeRun(state);
  if (run !== null) {
    throw new CutoverError('RUN_ACTIVE', `run ${run.id} is ${run.status} in ${state.stream}`, {
      hint: 'continue it with "cutover run", or take it back with "cutover rollback"',
    });
  }
  if (state.latched || killedFlags(state.routing).length > 0) {
    throw new CutoverError(
      'RED_NOT_ACKNOWLEDGED',
      `${state.stream} was taken back and nobody acknowledged it`,
      {
        hint: 'find the cause, then: cutover resume --reason "what was wrong and what was done"',
      },
    );
  }
  const { kind: _, ...event } = request;
  return [{ kind: 'run.started', ...event }];
}

function check(
  state: State,
  { plan, checklist, items }: Extract<OperatorRequest, { kind: 'check' }>,
  by: By,
): readonly CutoverEvent[] {
  const all = plan.checklists[checklist];
  if (all === undefined) throw unknownName('checklist', checklist, Object.keys(plan.checklists));
  const meant = (items ?? all).map((text) => {
    const item = all.find((one) => one === text) ?? all[Number(text) - 1];
    if (item !== undefined) return item;
    throw unknownName(`item of checklist "${checklist}"`, text, [
      ...all.map((_, index) => String(index + 1)),
      ...all,
    ]);
  });
  const isOpen = (item: string): boolean =>
    !state.checks.some((one) => one.checklist === checklist && one.item === item);
  return [...new Set(meant)].filter(isOpen).map((item) => ({ kind: 'item.checked', checklist, item, ...by }));
}

function unknownName(what: string, name: string, known: readonly string[]): CutoverError {
  const near = suggest(name, known);
  return new CutoverError('USAGE', `there is no ${what} ${JSON.stringify(name)} in the plan`, {
    hint:
      near === undefined ? `known: ${known.join(', ') || 'none'}` : `did you mean ${JSON.stringify(near)}?`,
  });
}

/** A rollback in the making needs no further complaint; a paused run is still judged. */
function count(run: Run, counter: string, by: number, { actor, reason }: By): readonly CutoverEvent[] {
  const counters = Object.values(run.plan.metrics).flatMap((metric) =>
    metric.kind === 'counter' ? [metric.counter] : [],
  );
  if (!counters.includes(counter)) {
    const near = suggest(counter, counters);
    throw new CutoverError('USAGE', `no metric of plan "${run.plan.id}" counts "${counter}"`, {
      hint: near === undefined ? `it counts ${counters.join(', ') || 'nothing'}` : `did you mean "${near}"?`,
    });
  }
  return [{ kind: 'counter.added', counter, count: by, actor, reason }];
}

function pause(run: Run, by: By): readonly CutoverEvent[] {
  if (run.status !== 'running') throw wrongState(run, 'pause');
  return [{ kind: 'run.paused', cause: 'person', ...by }];
}

function resume(
  state: State,
  repositories: readonly string[] | null,
  unresolved: boolean,
  by: By,
): readonly CutoverEvent[] {
  const run = activeRun(state);
  const rollingBack = state.rollback !== null && state.rollback.done === null;
  if (rollingBack) {
    throw new CutoverError(
      'RUN_STATE',
      `the rollback of epoch ${state.rollback?.epoch} is not acknowledged by every instance yet`,
      {
        hint: 'wait until "cutover status" says rolled-back',
      },
    );
  }
  const killed = killedFlags(state.routing);
  if (repositories !== null) {
    const wanted = repositories.filter((name) => killed.includes(known(state, name)));
    if (wanted.length === 0)
      throw new CutoverError('RUN_STATE', `nothing is killed in ${repositories.join(', ')}`);
    mustBeOver(state, wanted, unresolved);
    return [{ kind: 'kill.lifted', repositories: wanted, ...by }];
  }
  if (run !== null) {
    // What was taken back stays so; but trouble that did not end with it is met by what goes on.
    if (run.paused?.cause === 'repository rolled back') mustBeOver(state, null, unresolved);
    return [...resumeRun(run, by), ...restart(state, run)];
  }
  if (!state.latched && killed.length === 0)
    throw new CutoverError('RUN_NOT_ACTIVE', `nothing is paused or taken back in ${state.stream}`);
  mustBeOver(state, null, unresolved);
  const single = killed.filter((name) => name !== GLOBAL);
  return [
    { kind: 'kill.lifted', repositories: null, ...by },
    ...(single.length === 0 ? [] : [{ kind: 'kill.lifted', repositories: single, ...by } as const]),
  ];
}

function resumeRun(run: Run, by: By): readonly CutoverEvent[] {
  if (run.status !== 'paused') throw wrongState(run, 'resume');
  const cause = run.paused?.cause;
  if (cause === 'step failed' || cause === 'step outcome unknown') {
    throw new CutoverError('RUN_STATE', `the run is paused: ${run.paused?.reason}`, {
      hint: 'run the step again with "cutover advance --retry", or accept it as done with "cutover advance"',
    });
  }
  return [{ kind: 'run.resumed', ...by }];
}

/**
 * A repository that was taken back alone and lifted since is at no exposure any more. The phase that raises it begins
 * again at its first exposure: what was wrong with it has to be seen gone from there on.
 */
export function restart(
  { routing }: State,
  { plan, position, skipped, takenBack }: Run,
): readonly CutoverEvent[] {
  if (position === null) return [];
  const steps = plan.phases.find(({ id }) => id === position.phase)?.steps ?? [];
  const reached = steps.slice(0, steps.findIndex(({ id }) => id === position.step) + 1);
  const isLifted = (name: string): boolean =>
    takenBack.includes(name) && routing?.repositories[name]?.killed === false;
  for (const step of reached) {
    const isLeftOut = skipped.some((left) => left.phase === position.phase && left.step === step.id);
    if (step.kind !== 'expose' || step.by === 'environment' || isLeftOut) continue;
    const repositories = (step.repositories ?? []).filter(isLifted);
    if (repositories.length > 0)
      return [{ kind: 'phase.restarted', phase: position.phase, step: step.id, repositories }];
  }
  return [];
}

function advance(
  state: State,
  run: Run,
  request: Extract<OperatorRequest, { kind: 'advance' }>,
): readonly CutoverEvent[] {
  const by: By = { actor: request.actor, reason: request.reason };
  if (delayOf(state) !== null) {
    throw new CutoverError('RUN_STATE', `run ${run.id} waits: ${waitingFor(state, [])}`, {
      hint: 'not to wait for it is said with "cutover advance --override"',
    });
  }
  const at = run.position === null ? undefined : stepAt(run.plan, run.position);
  if (at === undefined || run.position === null || run.status === 'rolling-back')
    throw wrongState(run, 'advance');
  const { step } = at;
  if (request.choose !== null && step.kind !== 'decision') {
    throw new CutoverError('RUN_STATE', `no decision is open: the run stands at step "${step.id}"`, {
      hint: 'wait for it with "cutover wait", or end this step without a choice: cutover advance --reason "…"',
    });
  }
  if (run.status === 'paused' && run.paused?.cause === 'repository rolled back') {
    throw new CutoverError('RUN_STATE', `run ${run.id} is paused: ${run.paused.reason}`, {
      hint: 'what goes on without its repository, or raises it again, is for: cutover resume --reason "…"',
    });
  }
  if (run.status === 'paused' && run.paused?.cause === 'approval rejected') {
    throw new CutoverError('RUN_STATE', `run ${run.id} is paused: ${run.paused.reason}`, {
      hint: 'whoever goes on has the role asked again: cutover resume --reason "…"',
    });
  }
  if (request.retry) {
    if (run.step.effect?.status !== 'failed' && run.paused?.cause !== 'step outcome unknown')
      throw wrongState(run, 'retry');
    return [{ kind: 'effect.retried', ...by }];
  }
  if (run.look?.verdict === 'fail') {
    throw new CutoverError(
      'RUN_STATE',
      `gate "${run.look.gate}" is red: ${run.look.rows
        .filter(({ verdict }) => verdict === 'fail')
        .map(({ title }) => title)
        .join(', ')}`,
      {
        hint: 'a red gate is not advanced over; take it back with "cutover rollback"',
      },
    );
  }
  const done: CutoverEvent = { kind: 'step.completed', ...run.position, by };
  switch (step.kind) {
    case 'decision':
      return choose(state, run, { phase: at.phase, step }, request.choose, by);
    case 'hold':
    case 'gate':
      if (run.status === 'paused') throw wrongState(run, 'advance');
      return [done];
    case 'expose':
    case 'shadow':
      throw new CutoverError(
        'RUN_STATE',
        `step "${step.id}" waits until every instance acknowledged; it cannot be skipped`,
        {
          hint: 'see which one is missing with "cutover status"',
        },
      );
    case 'command':
    case 'http':
    case 'sql':
    case 'size':
      if (run.status !== 'paused') throw wrongState(run, 'advance');
      if (run.step.effect?.status === 'started' && run.paused?.cause !== 'step outcome unknown') {
        throw new CutoverError(
          'RUN_STATE',
          `step "${step.id}" is running; it is not accepted as done before its end`,
          {
            hint: 'wait until it is over',
          },
        );
      }
      return [done];
  }
}

type DecisionStep = Extract<Step, { kind: 'decision' }>;

function choose(
  state: State,
  run: Run,
  at: { readonly phase: Phase; readonly step: DecisionStep },
  choice: string | null,
  by: By,
): readonly CutoverEvent[] {
  const { step } = at;
  const options = Object.keys(step.options);
  const picked = choice ?? options.find((name) => step.options[name] === 'advance');
  const outcome = picked === undefined ? undefined : step.options[picked];
  if (picked === undefined || outcome === undefined) {
    throw new CutoverError('USAGE', `decision "${step.id}" has no option ${JSON.stringify(choice)}`, {
      hint: `choose one of ${options.join(', ')}`,
    });
  }
  if (outcome === 'rollback') mustBeReversible(state);
  if (outcome === 'hold' && holdAgain(at.phase, at.step, run) === undefined) {
    throw new CutoverError('RUN_STATE', `every hold before decision "${step.id}" was left out`, {
      hint: `choose one of ${options.filter((name) => step.options[name] !== 'hold').join(', ')}, or pause the run`,
    });
  }
  const made: CutoverEvent = { kind: 'decision.made', choice: picked, outcome, by: 'person', ...by };
  // Nobody may be there to carry it out: what goes back goes back in the same transaction.
  if (outcome === 'rollback') return [made, ...rollback(state, null, 'drain', 'person', by)];
  return activeRun(state)?.status === 'paused' ? [{ kind: 'run.resumed', ...by }, made] : [made];
}

function rollback(
  state: State,
  repositories: readonly string[] | null,
  mode: 'drain' | 'hard',
  cause: 'person' | 'flag',
  by: By,
): readonly CutoverEvent[] {
  mustBeReversible(state);
  if (state.routing === null)
    throw new CutoverError('RUN_NOT_ACTIVE', `nothing was ever started in ${state.stream}`);
  for (const name of repositories ?? []) known(state, name);
  if (isTakenBack(state, repositories, mode)) return [];
  const run = activeRun(state);
  const started: CutoverEvent = {
    kind: 'rollback.started',
    cause,
    repositories,
    mode,
    budgetMs: run?.plan.rollback.budgetMs ?? state.run?.plan.rollback.budgetMs ?? DEFAULT_BUDGET_MS,
    ...by,
  };
  const pauses = repositories !== null && run?.status === 'running';
  return pauses ? [started, { kind: 'run.paused', cause: 'repository rolled back', ...by }] : [started];
}

/** Asking twice is not a second rollback, with a second budget. A hard one after a draining one is. */
function isTakenBack(
  { routing }: State,
  repositories: readonly string[] | null,
  mode: 'drain' | 'hard',
): boolean {
  if (routing === null) return false;
  const kills =
    repositories === null ? [routing.global.killed] : repositories.map((name) => isKilled(routing, name));
  return kills.every((killed) => killed === mode || killed === 'hard');
}

function setFlag(
  state: State,
  request: Extract<OperatorRequest, { kind: 'set-flag' }>,
): readonly CutoverEvent[] {
  const by: By = { actor: request.actor, reason: request.reason };
  const target = resolveFlag(state, request.flag);
  const repository = target.repository ?? null;
  const { value } = request;
  if (value === false) return rollback(state, repository === null ? null : [repository], 'drain', 'flag', by);
  const exposure = exposureOf(request.flag, value);
  const flag = repository === null ? state.routing?.global : state.routing?.repositories[repository];
  // A value beneath the kill of everything would expose by itself when that is lifted.
  const isAllKilled = state.routing?.global.killed !== false;
  if (flag === undefined || flag.killed !== false || isAllKilled) {
    const of = repository === null || isAllKilled ? '' : ` --repository ${repository}`;
    throw new CutoverError(
      'FLAG_KILLED',
      isAllKilled ? `everything is killed in ${state.stream}` : `flag "${request.flag}" is killed`,
      { hint: `leave the kill first: cutover resume${of} --reason "…"` },
    );
  }
  const run = activeRun(state);
  const now = flag.exposure === 'unset' ? 0 : flag.exposure;
  if (run !== null && exposure > now) {
    throw new CutoverError(
      'FLAG_OWNED_BY_RUN',
      `flag "${request.flag}" is ${now / 100} % by run ${run.id}; ${exposure / 100} % would raise it past the plan`,
      {
        hint: 'while a run is on a flag may be lowered or killed; the plan raises it',
      },
    );
  }
  return [
    { kind: 'flag.set', repository, exposure, of: flag.exposure === 'unset' ? 'traffic' : flag.of, ...by },
  ];
}

/** @throws CutoverError `FLAG_VALUE_INVALID` */
function exposureOf(flag: string, value: true | number): number {
  if (value === true) return FULL_EXPOSURE;
  const exposure = Math.round(value * 100);
  if (!(exposure >= 0 && exposure <= FULL_EXPOSURE) || Math.abs(exposure - value * 100) > 1e-6) {
    throw new CutoverError(
      'FLAG_VALUE_INVALID',
      `flag "${flag}": ${value} is outside 0..100 percent with two decimals`,
      {
        hint: 'give true, false or a percentage such as 10 or 0.25',
      },
    );
  }
  return exposure;
}

/** What a flag's name switches. @throws CutoverError `UNKNOWN_FLAG` with the nearest name */
export function resolveFlag(state: State, name: string): { readonly repository?: string } {
  const names: FlagNames | undefined = state.registration?.names;
  const target = names === undefined ? undefined : findFlag(names, name);
  if (target !== undefined) return target;
  if (names === undefined) {
    throw new CutoverError(
      'NOT_REGISTERED',
      `no plan is registered in ${state.stream} yet: flag "${name}" cannot be set, and control serves everything`,
      {
        hint: 'the first "cutover run" or "cutover flag set" in that environment registers it',
      },
    );
  }
  const all = allFlagNames(names);
  const near = suggest(name, all);
  throw new CutoverError('UNKNOWN_FLAG', `there is no flag "${name}" in ${state.stream}`, {
    hint: near === undefined ? `known: ${all.join(', ')}` : `did you mean "${near}"?`,
  });
}

const GLOBAL = '';

/** Repositories whose flag is killed; the empty text stands for the global flag. */
export function killedFlags(routing: RoutingState | null): readonly string[] {
  if (routing === null) return [];
  const single = Object.entries(routing.repositories).filter(([, { killed }]) => killed !== false);
  return [...(routing.global.killed === false ? [] : [GLOBAL]), ...single.map(([name]) => name)];
}

function known(state: State, repository: string): string {
  const names = Object.keys(state.routing?.repositories ?? {});
  if (names.includes(repository)) return repository;
  const near = suggest(repository, names);
  throw new CutoverError('UNKNOWN_REPOSITORY', `there is no repository "${repository}" in ${state.stream}`, {
    hint: near === undefined ? `known: ${names.join(', ')}` : `did you mean "${near}"?`,
  });
}

function mustBeReversible(state: State): void {
  if (state.routing?.failSide !== 'candidate') return;
  throw new CutoverError(
    'POINT_OF_NO_RETURN',
    `${state.stream} is past its point of no return: control no longer has the truth`,
    {
      hint: "only the data's own way back goes back from here; kill and flag rollback would serve what is stale",
    },
  );
}

function mustBeActive(state: State): Run {
  const run = activeRun(state);
  if (run !== null) return run;
  throw new CutoverError('RUN_NOT_ACTIVE', `no run is active in ${state.stream}`, {
    hint: 'start one: cutover run --environment …',
  });
}

function wrongState(run: Run, verb: string): CutoverError {
  return new CutoverError(
    'RUN_STATE',
    `cannot ${verb}: run ${run.id} is ${run.status}${run.paused === null ? '' : ` (${run.paused.cause})`}`,
    {
      hint: 'see what it waits for with "cutover status"',
    },
  );
}

import {
  activeRun,
  Controller,
  dayOneOf,
  dueCheck,
  loadSound,
  pendingConfirm,
  startRun,
  waitingFor,
  type State,
} from '../../engine/index.ts';
import { CutoverError, formatDuration } from '../../kernel/index.ts';
import { stepAt, type Plan } from '../../plan/index.ts';
import { lintPlan } from '../../planlint/index.ts';
import { foldAlways, statusOf } from '../../report/index.ts';
import { isScheduled } from '../../schedule/index.ts';
import type { StoredEvent } from '../../store/index.ts';
import { acceptPlan } from '../accept-plan.ts';
import type { Command, Context } from '../command.ts';
import { databasesOf } from '../databases.ts';
import { DRY_RUN, isDryRun } from '../dry-run.ts';
import { effectsOf, measuresOf, probesOf } from '../effects.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { dateOption, isOn, lineOption, positiveDuration, textOption, type Given } from '../given.ts';
import { actorOf, holderName } from '../identity.ts';
import { answer } from '../io.ts';
import { createProgress, type Progress } from '../progress.ts';
import { statusLine } from '../render/status.ts';
import { counted } from '../render/text.ts';
import { type Session, creating } from '../session.ts';
import { refuseForgotten } from '../state/remembered.ts';

export const run: Command = {
  name: 'run',
  summary: 'Start a run in an environment, or continue the one that is on, and carry it forward to its end.',
  options: [
    { flags: '--compress <plan=real>', summary: 'a rehearsal on a faster clock: 1h=250ms' },
    {
      flags: '--start-on <date>',
      summary: 'day 1 of the plan, such as 2026-11-24 (default: the day on which its first run began)',
    },
    {
      flags: '--override',
      summary: 'take evidence from which a person left steps out, in a protected environment',
    },
    { flags: '--accept-plan <hash>', summary: 'go on with an edited plan: the first digits of its hash' },
    DRY_RUN,
  ],
  examples: [
    'cutover run --environment staging',
    'cutover run --environment production --confirm raw-sql-to-drizzle --reason "change 4711"',
    'cutover run --environment development --compress 1h=250ms',
  ],
  mutates: true,
  run(context) {
    if (textOption(context.given, 'environment') === undefined) {
      throw new CutoverError('USAGE', 'cutover run needs the environment', {
        hint: 'add --environment <name>',
      });
    }
    timeScaleOf(context);
    startOnOf(context.given);
    return creating(context, (session) => carryForward(context, session));
  },
};

async function carryForward(context: Context, session: Session): Promise<ExitCode> {
  const { store, stream, plan, environment, config } = session;
  const { clock, io, signal } = context;
  const before = await loadSound(store, stream);
  if (before.seq === 0) refuseForgotten(session.place, plan.id, environment);
  const begun = await startOrContinue(context, session, before);
  io.progress(statusLine(statusOf(plan, environment, begun, [], [], clock.now())));
  if (isDryRun(context.given)) return wouldRun(session, begun, context);
  if (begun.run !== null && begun.run.timeScale !== 1 && isScheduled(plan))
    io.progress('a rehearsal: days, windows and freezes of the plan do not hold it back');
  const progress = createProgress(io);
  const controller = new Controller({
    store,
    clock,
    stream,
    holder: holderName(),
    effects: effectsOf(config, context.env),
    databases: databasesOf(config, context),
    probes: probesOf(context.env),
    measures: measuresOf(config, context.env),
    leaseMs: plan.leaseMs,
    onEvents: (events, state) => showEvents(progress, events, state),
    onStandby: (holder) =>
      io.progress(`standing by: ${holder} carries this run; this one takes over if it stops`),
    onTrouble: (error) => io.progress(`trouble: ${error.code}: ${error.message}; trying again`),
    onRecovered: (awayMs) =>
      io.progress(
        `the ${session.place.kind === 'sqlite' ? 'state file' : 'state'} is back after ${formatDuration(Math.round(awayMs))}; going on`,
      ),
  });
  const folding = foldAlways(store, clock, () => Promise.resolve([stream]));
  let left: 'all' | undefined;
  try {
    const ended = await controller.run(signal);
    // Nobody may come again before telemetry is removed. Who is interrupted does not wait for it.
    if (!signal.aborted) left = 'all';
    return conclude(context, session, ended);
  } finally {
    await folding.stop(left);
  }
}

/** The run as it would be logged, with the plan that it would carry out. */
function wouldRun({ environment, stream }: Session, state: State, { io }: Context): ExitCode {
  const { run: begun } = state;
  answer(io, { schema: 'cutover.dry-run/1', environment, stream, run: begun }, () =>
    begun === null
      ? 'nothing would run'
      : `would carry run ${begun.id} of plan ${begun.planHash.slice(0, 12)} in ${environment}; see it with: cutover plan show`,
  );
  return EXIT.ok;
}

function showEvents(progress: Progress, events: readonly StoredEvent[], state: State): void {
  progress.events(events);
  progress.waiting(waitWorthALine(state));
}

/** Instances and effects are named by the events themselves; a timer, a gate or a person is not. */
function waitWorthALine(state: State): string | null {
  const run = activeRun(state);
  if (dueCheck(state) !== null) return 'the databases to be looked at';
  // A delay has its own line, with how long it is.
  if (run === null || run.status === 'rolling-back' || run.step.done) return null;
  const step = run.position === null ? undefined : stepAt(run.plan, run.position)?.step;
  const speaks =
    step?.kind === 'expose' || step?.kind === 'shadow' || (step !== undefined && 'timeoutMs' in step);
  return run.status === 'running' && speaks ? null : waitingFor(state, []);
}

async function startOrContinue(context: Context, session: Session, state: State): Promise<State> {
  const { plan, environment, store, config } = session;
  const active = activeRun(state);
  // A rollback is carried to its end, whoever decided it.
  const isOpen = state.rollback !== null && (state.rollback.done === null || pendingConfirm(state) !== null);
  if (active === null && isOpen) return state;
  if (active === null) {
    refuseUnsound(plan, environment);
    const started = startRun(store, context.clock, {
      plan,
      planHash: config.hash,
      environment,
      timeScale: timeScaleOf(context) ?? 1,
      random: context.random,
      override: isOn(context.given, 'override'),
      ...startOnOf(context.given),
      actor: actorOf(context),
      reason: lineOption(context.given, 'reason') ?? 'cutover run',
    });
    return started.catch(async (error: unknown) => {
      if (!(error instanceof CutoverError) || error.code !== 'RUN_ACTIVE') throw error;
      // Somebody started it this moment: what was asked for is there, and one of both carries it.
      return startOrContinue(context, session, await loadSound(store, session.stream));
    });
  }
  const wanted = timeScaleOf(context);
  if (wanted !== undefined && wanted !== active.timeScale) {
    throw new CutoverError(
      'USAGE',
      `run ${active.id} is on a clock of ${active.timeScale}x; --compress asks for ${wanted}x`,
      {
        hint: 'a run keeps its clock; leave --compress out',
      },
    );
  }
  if (textOption(context.given, 'startOn') !== undefined) {
    throw new CutoverError(
      'USAGE',
      `run ${active.id} counts its days from ${dayOneOf(active)}; --start-on comes too late`,
      {
        hint: 'a run keeps its day 1; leave --start-on out',
      },
    );
  }
  return active.planHash === config.hash ? state : acceptPlan(context, session, active);
}

/** What a plan cannot mean is found before it is carried out where it matters. @throws CutoverError `PLAN_UNSOUND` */
function refuseUnsound(plan: Plan, environment: string): void {
  if (!plan.environments.some((one) => one.name === environment && one.protected)) return;
  const [first, ...more] = lintPlan(plan).filter(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const others = more.length === 0 ? '' : `, and ${counted(more.length, 'other error')}`;
  throw new CutoverError('PLAN_UNSOUND', `${first.where}: ${first.message}${others}`, {
    hint: `${first.fix}; see all with: cutover plan lint`,
    details: { findings: [first, ...more] },
  });
}

function startOnOf(given: Given): { readonly startOn?: string } {
  const startOn = dateOption(given, 'startOn');
  return startOn === undefined ? {} : { startOn };
}

/** How many times faster than the plan's clock. @throws CutoverError `USAGE` */
function timeScaleOf({ given }: Context): number | undefined {
  const text = textOption(given, 'compress');
  if (text === undefined) return undefined;
  const [plan, real, ...more] = text.split('=');
  if (plan === undefined || real === undefined || more.length > 0) {
    throw new CutoverError('USAGE', `--compress ${text}: expected two durations`, {
      hint: 'write --compress 1h=250ms',
    });
  }
  const scale = positiveDuration(plan, '--compress') / positiveDuration(real, '--compress');
  if (scale >= 1) return scale;
  throw new CutoverError('USAGE', `--compress ${text}: a run cannot be slower than its plan`, {
    hint: 'write the longer time first: 1h=250ms',
  });
}

function conclude({ io, signal }: Context, { plan, environment, stream }: Session, state: State): ExitCode {
  const { run: last, rollback } = state;
  const isOn = activeRun(state) !== null;
  const isThrough = last?.status === 'completed' && !state.latched;
  const outcome = isOn ? 'interrupted' : isThrough ? 'completed' : 'rolled-back';
  const document = {
    schema: 'cutover.run/1' as const,
    migration: plan.id,
    environment,
    run: last?.id ?? null,
    planHash: last?.planHash ?? null,
    outcome,
    position: last?.position ?? null,
    startedAt: last?.startedAt ?? null,
    endedAt: isOn ? null : (last?.since ?? null),
    rollback: outcome === 'rolled-back' ? rollback : null,
    log: { stream, seq: state.seq, head: state.head },
  };
  answer(io, document, () => concludingText(outcome, state, environment));
  if (outcome === 'completed') return EXIT.ok;
  return signal.aborted && isOn ? EXIT.interrupted : EXIT.rolledBack;
}

function concludingText(
  outcome: 'interrupted' | 'completed' | 'rolled-back',
  state: State,
  environment: string,
): string {
  const name = state.run?.id ?? environment;
  const at = state.run?.position;
  switch (outcome) {
    case 'completed':
      return `✔ ${name} completed; the candidate serves ${environment}`;
    case 'rolled-back':
      return `↩ ${name} was rolled back: ${state.rollback?.reason ?? ''}\n  Then: cutover resume --environment ${environment} --reason "what was wrong and what was done"`;
    case 'interrupted':
      return `interrupted; ${name} stays ${state.run?.status} at ${at == null ? 'its start' : `${at.phase} / ${at.step}`}\n  Go on: cutover run --environment ${environment}`;
  }
}

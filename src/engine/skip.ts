import { CutoverError, suggest } from '../kernel/index.ts';
import { servedExposure, type ExposeStep, type Step } from '../plan/index.ts';
import type { By, CutoverEvent } from './events.ts';
import { isAt, stepsOf, type PlacedStep } from './following.ts';
import type { Run, State } from './state.ts';

/** Steps that judge or prove something, or change what is exposed: where it matters they are not left out in passing. */
const WEIGHTY: ReadonlySet<Step['kind']> = new Set(['expose', 'hold', 'gate', 'decision', 'sql']);

export function isWeighty(step: Step): boolean {
  return WEIGHTY.has(step.kind);
}

/**
 * Leaves a step out: the one at which the run stands, or one ahead. Not over a red gate, not while an effect runs whose
 * end would be lost, and an exposure only where nothing judges in its place (`refuseGap`).
 *
 * @param name `phase/step`, or the step's id where only one step ahead has it
 * @param override said of a weighty step in a protected environment
 * @throws CutoverError `USAGE`, `RUN_STATE`, `CONFIRMATION_NEEDED`
 */
export function skip(
  state: State,
  run: Run,
  { name, override }: { readonly name: string; readonly override: boolean },
  by: By,
): readonly CutoverEvent[] {
  const environment = state.routing?.environment ?? '';
  const all = stepsOf(run.plan, environment);
  const target = stepNamed(run, all, name);
  const at = { phase: target.phase.id, step: target.step.id };
  if (run.skipped.some((one) => isAt(target, one))) return [];
  refuseRed(run);
  if (isAt(target, run.position)) refuseCurrent(run, target);
  if (target.step.kind === 'expose') refuseGap(run, all, target, target.step);
  const isProtected = run.plan.environments.some((one) => one.name === environment && one.protected);
  if (isProtected && !override && isWeighty(target.step)) {
    throw new CutoverError(
      'CONFIRMATION_NEEDED',
      `${at.phase}/${at.step} is of kind ${target.step.kind}, and ${environment} is protected; nothing was changed`,
      {
        hint: 'if it is to be left out all the same: --override',
        details: { flag: '--override', environment },
      },
    );
  }
  return [{ kind: 'step.skipped', ...at, ...by }];
}

function stepNamed(run: Run, all: readonly PlacedStep[], name: string): PlacedStep {
  const here = all.findIndex((one) => isAt(one, run.position));
  const open = all.slice(run.step.done || here < 0 ? here + 1 : here);
  const full = ({ phase, step }: PlacedStep): string => `${phase.id}/${step.id}`;
  const found = open.filter((one) => full(one) === name || one.step.id === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    throw new CutoverError('USAGE', `"${name}" is the name of ${found.length} steps`, {
      hint: `write one of ${found.map(full).join(', ')}`,
    });
  }
  const isPast = all.some((one) => full(one) === name || one.step.id === name);
  const near = suggest(name, open.map(full));
  throw new CutoverError(
    'USAGE',
    isPast ? `step "${name}" is over; what was done is not left out` : `there is no step "${name}" ahead`,
    {
      hint:
        near === undefined ? `ahead are ${open.map(full).join(', ') || 'none'}` : `did you mean "${near}"?`,
    },
  );
}

function refuseRed({ look, status, id }: Run): void {
  if (status === 'rolling-back')
    throw new CutoverError('RUN_STATE', `cannot skip: run ${id} is rolling back`, {
      hint: 'see what it waits for with "cutover status"',
    });
  if (look?.verdict !== 'fail') return;
  const red = look.rows.filter(({ verdict }) => verdict === 'fail').map(({ title }) => title);
  throw new CutoverError('RUN_STATE', `gate "${look.gate}" is red: ${red.join(', ')}`, {
    hint: 'nothing is left out while a gate is red; take it back with "cutover rollback"',
  });
}

/** @throws CutoverError `RUN_STATE` for an exposure that was made, a run that a person stopped, an effect that runs */
function refuseCurrent(run: Run, { step }: PlacedStep): void {
  if (step.kind === 'expose') {
    throw new CutoverError('RUN_STATE', `the exposure of step "${step.id}" is made; it cannot be left out`, {
      hint: 'take it back with "cutover rollback"',
    });
  }
  const cause = run.status === 'paused' ? run.paused?.cause : undefined;
  if (
    cause === 'person' ||
    cause === 'red' ||
    cause === 'repository rolled back' ||
    cause === 'approval rejected'
  ) {
    throw new CutoverError('RUN_STATE', `run ${run.id} is paused (${cause}): ${run.paused?.reason}`, {
      hint: 'what is left out lets the run go on, so resume it first: cutover resume --reason "…"',
    });
  }
  if (run.step.effect?.status !== 'started' || run.paused?.cause === 'step outcome unknown') return;
  throw new CutoverError('RUN_STATE', `step "${step.id}" is running; leaving it out now would hide its end`, {
    hint: 'wait until it is over; after a failure it can be left out',
  });
}

/**
 * An exposure that is left out must be made by the next one, as wide and in the same way, before anything looks at it.
 * Otherwise a hold would judge a share that nobody was given, a run would complete without having exposed what its plan
 * says, or a point of no return would be passed that the flags know nothing of.
 */
function refuseGap(run: Run, all: readonly PlacedStep[], target: PlacedStep, step: ExposeStep): void {
  const at = `${target.phase.id}/${step.id}`;
  const refuse = (why: string, hint: string): CutoverError =>
    new CutoverError('RUN_STATE', `${at} cannot be left out: ${why}`, { hint });
  const ahead = all
    .slice(all.indexOf(target) + 1)
    .filter((one) => !run.skipped.some((left) => isAt(one, left)));
  for (const next of ahead) {
    const named = `${next.phase.id}/${next.step.id}`;
    if (next.step.kind === 'expose') {
      if (covers(next, next.step, target, step)) return;
      throw refuse(
        `${named}, which follows, does not expose the same`,
        'take the run back, and edit the plan',
      );
    }
    if (next.step.kind === 'hold' || next.step.kind === 'gate' || next.step.kind === 'decision')
      throw refuse(
        `${named} would judge an exposure that was not made`,
        `leave out ${named} first, and what else judges it`,
      );
  }
  throw refuse('no step behind it exposes as much', 'take the run back, and edit the plan');
}

function covers(next: PlacedStep, wider: ExposeStep, at: PlacedStep, step: ExposeStep): boolean {
  const all = wider.repositories;
  const hasAll = all === null || (step.repositories?.every((name) => all.includes(name)) ?? false);
  return (
    hasAll &&
    servedExposure(wider) >= servedExposure(step) &&
    wider.of === step.of &&
    wider.by === step.by &&
    (next.phase.pointOfNoReturn || !at.phase.pointOfNoReturn)
  );
}

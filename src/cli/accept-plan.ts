import { checkCompatible, diffPlans, formatDiff, type PlanChange } from '../config/index.ts';
import { operate, type Run, type State } from '../engine/index.ts';
import { canonicalJson, CutoverError } from '../kernel/index.ts';
import type { Context } from './command.ts';
import { textOption } from './given.ts';
import { byOf } from './operation.ts';
import type { Session } from './session.ts';

/** Fewer digits of a hash do not name one. */
const LEAST_DIGITS = 6;

/**
 * The plan was edited while its run is on. It goes on only with the plan that a person names by its hash, and only
 * if nothing that was carried out was edited.
 *
 * @throws CutoverError `PLAN_CHANGED` with the difference, `PLAN_INCOMPATIBLE` with the reasons
 */
export async function acceptPlan(context: Context, session: Session, run: Run): Promise<State> {
  const { config, plan, environment, store, stream } = session;
  const changes = diffPlans(run.plan, plan);
  const reasons = checkCompatible(run.plan, plan, run.position);
  if (reasons.length > 0) {
    throw new CutoverError(
      'PLAN_INCOMPATIBLE',
      `run ${run.id} cannot go on with this plan:\n${indented(reasons.join('\n'))}`,
      {
        hint: `undo these edits, or take the run back: cutover rollback --environment ${environment}`,
        details: { reasons, diff: changes },
      },
    );
  }
  const given = textOption(context.given, 'acceptPlan');
  if (given === undefined || given.length < LEAST_DIGITS || !config.hash.startsWith(given)) {
    const named = given === undefined ? '' : `; ${JSON.stringify(given)} is not its hash`;
    throw new CutoverError(
      'PLAN_CHANGED',
      `the plan was edited since run ${run.id} started${named}:\n${indented(formatDiff(changes))}`,
      {
        hint: `to go on with it: cutover run --environment ${environment} --accept-plan ${config.hash.slice(0, 12)} --reason "…"`,
        details: { running: run.planHash, edited: config.hash, diff: changes },
      },
    );
  }
  const diff = changes.map(storedChange);
  const request = { kind: 'accept-plan', plan, planHash: config.hash, diff, ...byOf(context) } as const;
  return (await operate(store, context.clock, stream, request)).state;
}

/** The log keeps single values; a whole phase or step is kept as its JSON text. */
function storedChange({ path, from, to }: PlanChange) {
  const scalar = (value: PlanChange['from']): string | number | boolean | null =>
    value === undefined ? null : typeof value === 'object' && value !== null ? canonicalJson(value) : value;
  return { path, from: scalar(from), to: scalar(to) };
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

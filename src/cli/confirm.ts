import { confirmationNeeded, isProtected } from '../engine/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Context } from './command.ts';
import { textOption } from './given.ts';

/**
 * Changing something in a protected environment takes the plan's id, typed or given. Without a terminal a missing
 * confirmation fails: nothing is ever confirmed by default.
 *
 * @throws CutoverError `CONFIRMATION_NEEDED`
 */
export async function confirmProtected(context: Context, plan: Plan, environment: string): Promise<void> {
  if (!isProtected(plan, environment)) return;
  const given = textOption(context.given, 'confirm');
  if (given === plan.id) return;
  if (given !== undefined)
    throw confirmationNeeded(plan, environment, `--confirm names "${given}", the plan is "${plan.id}"`);
  const { ask } = context.io;
  if (ask === null) throw confirmationNeeded(plan, environment, `${environment} is protected`);
  const typed = await ask(`${environment} is protected. Type the plan's id (${plan.id}) to go on: `);
  if (typed.trim() !== plan.id)
    throw confirmationNeeded(plan, environment, 'the id that was typed is another one');
}

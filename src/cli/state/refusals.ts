import { isExposed } from '../../engine/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { Context } from '../command.ts';
import { textOption } from '../given.ts';
import type { Lost } from './lost.ts';
import { lostDocument } from './lost.ts';
import type { Present } from './present.ts';
import type { Raise } from './raise.ts';
import type { StreamState } from './verify.ts';

/** @throws CutoverError `USAGE` for the state file of another migration */
export function refuseForeign(file: string, plan: Plan, backup: readonly StreamState[]): void {
  if (backup.length === 0 || backup.some(({ stream }) => stream.startsWith(`${plan.id}/`))) return;
  const holds = backup.map(({ stream }) => stream).join(', ');
  throw new CutoverError('USAGE', `${file} has no stream of plan "${plan.id}", it has ${holds}`, {
    hint: "name another backup, or run the command in the folder of that plan's configuration",
  });
}

/**
 * Behind the point of no return control lacks what was written since; a backup from before it would send calls there.
 *
 * @throws CutoverError `POINT_OF_NO_RETURN`
 */
export function refusePointOfNoReturn(present: Present, backup: readonly StreamState[]): void {
  const passed = present.streams.find(
    ({ stream, state }) =>
      state.routing?.failSide === 'candidate' && routingOf(backup, stream)?.failSide !== 'candidate',
  );
  if (passed === undefined) return;
  throw new CutoverError(
    'POINT_OF_NO_RETURN',
    `${passed.stream} is behind its point of no return and the backup is from before it: control would serve without what was written since`,
    { hint: 'take a backup that was made after it' },
  );
}

/**
 * An epoch is raised by registering again what is registered. Where the backup has no registration, that cannot be,
 * and instances would ignore what comes. A damaged file cannot be saved otherwise, so there it is only told.
 *
 * @throws CutoverError `RUN_STATE`
 */
export function refuseLowerEpoch(
  present: Present,
  raises: readonly Raise[],
  backup: readonly StreamState[],
): void {
  const low = raises.find(({ stream }) => !isRegistered(backup, stream));
  if (low === undefined || present.kind !== 'sound') return;
  throw new CutoverError(
    'RUN_STATE',
    `${low.stream} is at epoch ${low.to - 1} and at ${low.from} in the backup, which has no registration to raise it by: instances would ignore it`,
    {
      hint: 'a sound state file needs no restore: cutover rollback takes everything back; then make a fresh backup',
    },
  );
}

export function isRegistered(streams: readonly StreamState[], name: string): boolean {
  return streams.find(({ stream }) => stream === name)?.state.registration != null;
}

function routingOf(streams: readonly StreamState[], name: string): StreamState['state']['routing'] {
  return streams.find(({ stream }) => stream === name)?.state.routing ?? null;
}

/** Streams in which the candidate serves by the backup and not by what is there now. */
export function exposedAgain(present: Present, backup: readonly StreamState[]): readonly string[] {
  return backup
    .filter(({ stream, state }) => isExposed(state.routing) && !isExposed(routingOf(present.streams, stream)))
    .map(({ stream }) => stream);
}

/** @throws CutoverError `CONFIRMATION_NEEDED`, in whatever environment: all of them are in one file */
export async function confirmRestore(context: Context, plan: Plan, lost: readonly Lost[]): Promise<void> {
  const given = textOption(context.given, 'confirm');
  if (given === plan.id) return;
  const { ask } = context.io;
  const typed =
    given === undefined && ask !== null
      ? (await ask(`The state file is replaced. Type the plan's id (${plan.id}) to go on: `)).trim()
      : given;
  if (typed === plan.id) return;
  const why = typed === undefined ? 'the state file is replaced' : `the plan is "${plan.id}", not "${typed}"`;
  throw new CutoverError('CONFIRMATION_NEEDED', `${why}; nothing was changed`, {
    hint: `add --confirm ${plan.id}`,
    details: { flag: `--confirm ${plan.id}`, lost: lost.map(lostDocument) },
  });
}

import { loadSound } from '../../engine/index.ts';
import type { Command, Context } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { isOn, listOption } from '../given.ts';
import { byOf, carryOut } from '../operation.ts';
import { type Session, writing } from '../session.ts';
import { awaitVerified } from '../takeback.ts';

/** Instances answer within moments; who does not is named. Milliseconds. */
const SETTLE_MS = 5_000;

/** A kill waits for nobody, and nobody may have looked since: what it left open is verified before it is lifted. @throws CutoverError `LOG_BROKEN` */
async function settle(context: Context, session: Session): Promise<void> {
  const { rollback } = await loadSound(session.store, session.stream);
  if (rollback !== null && rollback.done === null) await awaitVerified(context, session, SETTLE_MS);
}

export const resume: Command = {
  name: 'resume',
  summary: 'Continue a paused run; after a rollback or a kill, acknowledge and lift it.',
  options: [
    { flags: '--repository <name>', summary: 'lift only this one (repeatable)', repeatable: true },
    { flags: '--unresolved', summary: 'also when nothing has shown that the trouble is over' },
    DRY_RUN,
  ],
  examples: [
    'cutover resume --environment production --reason "freeze is over"',
    'cutover resume --repository user --reason "index was missing, added in #412"',
  ],
  mutates: true,
  run: (context) =>
    writing(context, async (session) => {
      await settle(context, session);
      const repositories = listOption(context.given, 'repository');
      const unresolved = isOn(context.given, 'unresolved');
      return carryOut(context, session, { kind: 'resume', repositories, unresolved, ...byOf(context) });
    }),
};

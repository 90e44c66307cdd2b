import { registerFirst } from '../../engine/index.ts';
import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { isOn, listOption } from '../given.ts';
import { MIGRATION } from '../log-origin.ts';
import { byOf, carryOut } from '../operation.ts';
import { takingBack } from '../taking-back.ts';

export const kill: Command = {
  name: 'kill',
  summary: 'Send everything to control now, without waiting for the proof (rollback waits for it).',
  options: [
    { flags: '--hard', summary: 'also scopes that are pinned to the candidate, in the middle of their work' },
    { flags: '--repository <name>', summary: 'only this one (repeatable)', repeatable: true },
    MIGRATION,
    DRY_RUN,
  ],
  examples: [
    'cutover kill --environment production --reason "wrong balances"',
    'cutover kill --repository user --hard --reason "wrong balances"',
    'cutover kill --store /var/lib/app/state.db --migration users-to-drizzle --environment production',
  ],
  mutates: true,
  run: (context) =>
    takingBack(context, async (session) => {
      const { store, plan, environment, isFromLog } = session;
      if (isFromLog !== true) await registerFirst(store, context.clock, plan, environment);
      return carryOut(context, session, {
        kind: 'rollback',
        repositories: listOption(context.given, 'repository'),
        mode: isOn(context.given, 'hard') ? 'hard' : 'drain',
        // In an emergency nobody should have to look for words; leaving the kill asks for them.
        ...byOf(context, 'none given'),
      });
    }),
};

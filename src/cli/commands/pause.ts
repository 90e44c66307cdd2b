import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { MIGRATION } from '../log-origin.ts';
import { byOf, carryOut } from '../operation.ts';
import { takingBack } from '../taking-back.ts';

export const pause: Command = {
  name: 'pause',
  summary: 'Stop a run where it is. It stays watched: red still takes it back.',
  options: [MIGRATION, DRY_RUN],
  examples: ['cutover pause --environment production --reason "release freeze"'],
  mutates: true,
  run: (context) =>
    takingBack(context, (session) => carryOut(context, session, { kind: 'pause', ...byOf(context) })),
};

import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { byOf, carryOut } from '../operation.ts';
import { writing } from '../session.ts';

export const pause: Command = {
  name: 'pause',
  summary: 'Stop a run where it is. It stays watched: red still takes it back.',
  options: [DRY_RUN],
  examples: ['cutover pause --environment production --reason "release freeze"'],
  mutates: true,
  run: (context) =>
    writing(context, (session) => carryOut(context, session, { kind: 'pause', ...byOf(context) })),
};

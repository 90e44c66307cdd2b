import type { Command } from '../command.ts';
import { listOption } from '../given.ts';
import { byOf, carryOut } from '../operation.ts';
import { writing } from '../session.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'Continue a paused run; after a rollback or a kill, acknowledge and lift it.',
  options: [{ flags: '--repository <name>', summary: 'lift only this one (repeatable)', repeatable: true }],
  examples: [
    'cutover resume --environment production --reason "freeze is over"',
    'cutover resume --repository user --reason "index was missing, added in #412"',
  ],
  mutates: true,
  run: (context) =>
    writing(context, (session) => {
      const repositories = listOption(context.given, 'repository');
      return carryOut(context, session, { kind: 'resume', repositories, ...byOf(context) });
    }),
};

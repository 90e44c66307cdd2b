import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { isOn } from '../given.ts';
import { byOf, carryOut } from '../operation.ts';
import { writing } from '../session.ts';

export const skip: Command = {
  name: 'skip',
  summary:
    'Leave a step out, the current one or one ahead. Never over a red gate, nor an exposure that something still judges.',
  arguments: [{ name: 'step', summary: 'phase/step, or the id of a step if only one has it' }],
  options: [
    {
      flags: '--override',
      summary: 'needed in a protected environment for what exposes, judges or decides',
    },
    DRY_RUN,
  ],
  examples: [
    'cutover skip rehearsal/hold-1 --environment staging --reason "nobody uses it this week"',
    'cutover skip canary/hold-1 --override --reason "watched by hand, ticket 4711"',
  ],
  mutates: true,
  run: (context) =>
    writing(context, (session) => {
      const [name = ''] = context.given.args;
      const override = isOn(context.given, 'override');
      return carryOut(context, session, { kind: 'skip', name, override, ...byOf(context) });
    }),
};

import { CutoverError } from '../../kernel/index.ts';
import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { isOn, listOption } from '../given.ts';
import { byOf, carryOut } from '../operation.ts';
import { creating } from '../session.ts';

export const check: Command = {
  name: 'check',
  summary: 'Confirm items of a checklist that a phase needs before it begins.',
  arguments: [{ name: 'checklist', summary: 'its name in the plan' }],
  options: [
    { flags: '--item <item>', summary: 'its number from 1, or its text (repeatable)', repeatable: true },
    { flags: '--all', summary: 'every item of it' },
    DRY_RUN,
  ],
  examples: [
    'cutover check infrastructure --item 2 --environment production --reason "dashboard 12 has both sides"',
    'cutover check readiness --all --reason "release notes of 4.2"',
  ],
  mutates: true,
  run(context) {
    const items = listOption(context.given, 'item');
    if ((items === null) === !isOn(context.given, 'all')) {
      throw new CutoverError('USAGE', 'cutover check needs --item or --all, and not both', {
        hint: 'see the items with: cutover checklist',
      });
    }
    return creating(context, (session) => {
      const [checklist = ''] = context.given.args;
      return carryOut(context, session, {
        kind: 'check',
        plan: session.plan,
        checklist,
        items,
        ...byOf(context),
      });
    });
  },
};

import { CutoverError } from '../../kernel/index.ts';
import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { textOption } from '../given.ts';
import { byOf, carryOut } from '../operation.ts';
import { creating } from '../session.ts';

export const approve: Command = {
  name: 'approve',
  summary:
    'Approve the plan as it is now, in a role that a phase needs. For this hash, and for as long as the phase says (a day).',
  options: [{ flags: '--role <role>', summary: 'the role in which this person approves' }, DRY_RUN],
  examples: [
    'cutover approve --role CTO --environment production --actor dana --reason "reviewed on Tuesday"',
  ],
  mutates: true,
  run(context) {
    const role = textOption(context.given, 'role');
    if (role === undefined) {
      throw new CutoverError('USAGE', 'cutover approve needs the role', {
        hint: 'add --role <role>; see the roles with: cutover checklist',
      });
    }
    return creating(context, (session) => {
      const { plan, config } = session;
      const now = context.clock.now();
      const request = { kind: 'approve', plan, planHash: config.hash, role, now } as const;
      return carryOut(context, session, { ...request, ...byOf(context) });
    });
  },
};

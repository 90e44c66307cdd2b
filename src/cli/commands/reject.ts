import { CutoverError } from '../../kernel/index.ts';
import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { textOption } from '../given.ts';
import { byOf, carryOut } from '../operation.ts';
import { creating } from '../session.ts';

export const reject: Command = {
  name: 'reject',
  summary:
    'Say no to the plan as it is now, in a role that a phase ahead needs. Its run pauses; resuming it asks the role again.',
  options: [{ flags: '--role <role>', summary: 'the role in which this person says no' }, DRY_RUN],
  examples: [
    'cutover reject --role CTO --environment production --actor dana --reason "p95 of orders is not explained"',
  ],
  mutates: true,
  run(context) {
    const role = textOption(context.given, 'role');
    if (role === undefined) {
      throw new CutoverError('USAGE', 'cutover reject needs the role', {
        hint: 'add --role <role>; see the roles with: cutover checklist',
      });
    }
    return creating(context, (session) => {
      const { plan, config } = session;
      const request = { kind: 'reject', plan, planHash: config.hash, role } as const;
      return carryOut(context, session, { ...request, ...byOf(context) });
    });
  },
};

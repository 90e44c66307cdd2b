import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { isOn, textOption } from '../given.ts';
import { byOf, carryOut } from '../operation.ts';
import { writing } from '../session.ts';

export const advance: Command = {
  name: 'advance',
  summary: 'Decide at a decision, end a hold early, or accept or retry a failed step. Never over a red gate.',
  options: [
    { flags: '--choose <option>', summary: 'the option of a decision (default: the one that advances)' },
    { flags: '--retry', summary: 'run the failed step again' },
    DRY_RUN,
  ],
  examples: [
    'cutover advance --choose expand --reason "all green for two days"',
    'cutover advance --retry --reason "the pipeline was down"',
  ],
  mutates: true,
  run: (context) =>
    writing(context, (session) => {
      const choose = textOption(context.given, 'choose') ?? null;
      const retry = isOn(context.given, 'retry');
      return carryOut(context, session, { kind: 'advance', choose, retry, ...byOf(context) });
    }),
};

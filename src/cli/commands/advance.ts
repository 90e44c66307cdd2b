import { CutoverError } from '../../kernel/index.ts';
import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { isOn, textOption, type Given } from '../given.ts';
import { byOf, carryOut } from '../operation.ts';
import { writing } from '../session.ts';

export const advance: Command = {
  name: 'advance',
  summary: 'Decide at a decision, end a hold early, or accept or retry a failed step. Never over a red gate.',
  options: [
    { flags: '--choose <option>', summary: 'the option of a decision (default: the one that advances)' },
    { flags: '--retry', summary: 'run the failed step again' },
    { flags: '--override', summary: 'do not wait for the day, window or freeze that holds the run back' },
    DRY_RUN,
  ],
  examples: [
    'cutover advance --choose expand --reason "all green for two days"',
    'cutover advance --retry --reason "the pipeline was down"',
    'cutover advance --override --reason "agreed with operations, ticket 4711"',
  ],
  mutates: true,
  run: (context) =>
    writing(context, (session) => {
      if (isOn(context.given, 'override')) {
        refuseBoth(context.given);
        return carryOut(context, session, { kind: 'override', ...byOf(context) });
      }
      const choose = textOption(context.given, 'choose') ?? null;
      const retry = isOn(context.given, 'retry');
      return carryOut(context, session, { kind: 'advance', choose, retry, ...byOf(context) });
    }),
};

function refuseBoth(given: Given): void {
  const other = isOn(given, 'retry')
    ? '--retry'
    : textOption(given, 'choose') === undefined
      ? null
      : '--choose';
  if (other === null) return;
  throw new CutoverError('USAGE', `--override and ${other} are two different things`, {
    hint: 'say one, then the other',
  });
}

import { CutoverError } from '../../kernel/index.ts';
import type { Mismatch } from '../../report/index.ts';
import { Comparing, comparisonFile } from '../comparison/comparing.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { countOption, durationOption } from '../given.ts';
import { answer } from '../io.ts';
import { mismatchesById } from '../mismatches-by-id.ts';
import { mismatchesOfRun } from '../mismatches-of-run.ts';
import { replayedCallText } from '../render/replayed-call.ts';
import { reading } from '../session.ts';

const ROUNDS = 3;
const TIMEOUT_MS = 10_000;

export const mismatchesReplay: Command = {
  name: 'mismatches replay',
  summary:
    'Make the call of a mismatch again on both sides, and say whether it is still there. Exit code 3 when it is.',
  arguments: [{ name: 'id', summary: 'as `mismatches list` shows it' }],
  options: [
    {
      flags: '--file <file>',
      summary: 'how both sides are opened (default: cutover.compare.ts beside the plan)',
    },
    { flags: '--times <count>', summary: `how often it is asked (default: ${ROUNDS})` },
    { flags: '--timeout <duration>', summary: 'for one answer (default: 10s)' },
  ],
  examples: ['cutover mismatches replay 9f2c01ab --environment production'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream, plan, environment, config }) => {
      const { io, given, clock, signal } = context;
      const file = comparisonFile(context, config.file);
      const [group] = mismatchesById(await mismatchesOfRun(store, clock, stream), given.args[0] ?? '');
      const { sample, ...of } = withSample(group);
      const comparing = await Comparing.open(file, of.repository, clock, signal);
      try {
        const replayed = await comparing.replay(
          of,
          sample.args,
          countOption(given, 'times') ?? ROUNDS,
          durationOption(given, 'timeout') ?? TIMEOUT_MS,
        );
        const document = { migration: plan.id, environment, ...of, args: sample.args, ...replayed };
        answer(io, { schema: 'cutover.mismatch-replayed/1', ...document }, () =>
          replayedCallText(of, sample, replayed, io.width, io.paint),
        );
        return replayed.verdict === 'gone' || replayed.verdict === 'noise' ? EXIT.ok : EXIT.findings;
      } finally {
        await comparing.close();
      }
    }),
};

/** @throws CutoverError `ARGUMENTS_REDACTED` for a group whose call nobody kept */
function withSample(
  group: Mismatch | undefined,
): Pick<Mismatch, 'repository' | 'operation' | 'id'> & { readonly sample: NonNullable<Mismatch['sample']> } {
  if (group?.sample !== undefined) {
    const { repository, operation, id, sample } = group;
    return { repository, operation, id, sample };
  }
  throw new CutoverError('ARGUMENTS_REDACTED', 'no call of this mismatch is kept', {
    hint: 'give shadow() in the application samples: samples(), and wait until the mismatch is seen again',
  });
}

import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { mismatchesById } from '../mismatches-by-id.ts';
import { mismatchesOfRun } from '../mismatches-of-run.ts';
import { mismatchText } from '../render/mismatches.ts';
import { reading } from '../session.ts';

export const mismatchesShow: Command = {
  name: 'mismatches show',
  summary: 'One group of differences: both sides, arguments, times, and the rule that would ignore it.',
  arguments: [{ name: 'id', summary: 'as `mismatches list` shows it' }],
  examples: ['cutover mismatches show 9f2c01ab --environment production'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream, plan, environment }) => {
      const { io, given } = context;
      const found = mismatchesById(await mismatchesOfRun(store, context.clock, stream), given.args[0] ?? '');
      answer(io, { schema: 'cutover.mismatch/1', migration: plan.id, environment, groups: found }, () =>
        found.map((group) => mismatchText(group, io.width, io.paint)).join('\n\n'),
      );
      return EXIT.ok;
    }),
};

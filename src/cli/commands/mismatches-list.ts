import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { mismatchesOfRun } from '../mismatches-of-run.ts';
import { mismatchesText } from '../render/mismatches.ts';
import { reading } from '../session.ts';

export const mismatchesList: Command = {
  name: 'mismatches list',
  summary: 'What the shadow saw since the newest run began: counts by operation, differences worst first.',
  examples: ['cutover mismatches list --environment production'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream, plan, environment }) => {
      const { io } = context;
      const found = await mismatchesOfRun(store, context.clock, stream);
      answer(io, { schema: 'cutover.mismatches/1', migration: plan.id, environment, ...found }, () =>
        mismatchesText(found, io.width, io.paint),
      );
      return EXIT.ok;
    }),
};

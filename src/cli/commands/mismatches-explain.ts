import { explainMismatch } from '../../report/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { actorOf } from '../identity.ts';
import { answer } from '../io.ts';
import { mismatchesById } from '../mismatches-by-id.ts';
import { mismatchesOfRun } from '../mismatches-of-run.ts';
import { explanationText } from '../render/explained.ts';
import { reading } from '../session.ts';

export const mismatchesExplain: Command = {
  name: 'mismatches explain',
  summary:
    'Why two answers are called different: the rule, what was taken for the same, how often, what would ignore it.',
  arguments: [{ name: 'id', summary: 'as `mismatches list` shows it' }],
  examples: ['cutover mismatches explain 9f2c01ab --environment production'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream, plan, environment }) => {
      const { io, given, clock } = context;
      const found = await mismatchesOfRun(store, clock, stream);
      const explained = mismatchesById(found, given.args[0] ?? '').map((group) =>
        explainMismatch(group, found, actorOf(context), clock.now()),
      );
      const document = { migration: plan.id, environment, explained };
      answer(io, { schema: 'cutover.mismatch-explained/1', ...document }, () =>
        explained.map((one) => explanationText(one, io.width, io.paint)).join('\n\n'),
      );
      return EXIT.ok;
    }),
};

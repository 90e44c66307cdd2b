import { loadState } from '../../engine/index.ts';
import { baselineDocument, baselineText } from '../baseline-text.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { reading } from '../session.ts';

export const baselineShow: Command = {
  name: 'baseline show',
  summary: 'The recorded baseline: when, by whom, and every number.',
  examples: ['cutover baseline show --environment production'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream, plan, environment }) => {
      const state = await loadState(store, stream);
      answer(context.io, baselineDocument(plan, environment, state), () =>
        baselineText(plan, environment, state, context.io),
      );
      return EXIT.ok;
    }),
};

import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { renderPlan } from '../render/plan.ts';
import { configOf } from '../session.ts';

export const planShow: Command = {
  name: 'plan show',
  summary: 'The plan as it would run: phases, steps, limits and its hash, every default filled in.',
  examples: ['cutover plan show', 'cutover plan show --json'],
  mutates: false,
  async run(context) {
    const { plan, hash, file } = await configOf(context);
    const { io } = context;
    answer(io, { schema: 'cutover.plan/1', file, hash, plan }, () =>
      renderPlan(plan, hash, io.width, io.paint),
    );
    return EXIT.ok;
  },
};

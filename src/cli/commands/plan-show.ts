import { phaseDates } from '../../schedule/index.ts';
import type { Command } from '../command.ts';
import { knownDayOne } from '../day-one.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { renderPlan } from '../render/plan.ts';
import { configOf } from '../session.ts';

export const planShow: Command = {
  name: 'plan show',
  summary:
    'The plan as it would run: phases, steps, limits and its hash, every default filled in. With dates once a run started.',
  options: [
    {
      flags: '--start-on <date>',
      summary: 'show dates as if this were day 1 (default: as its newest run has it)',
    },
  ],
  examples: ['cutover plan show', 'cutover plan show --start-on 2026-11-24', 'cutover plan show --json'],
  mutates: false,
  async run(context) {
    const config = await configOf(context);
    const { plan, hash, file } = config;
    const { io } = context;
    const dayOne = await knownDayOne(context, config);
    const dates = (dayOne === null ? [] : phaseDates(plan, dayOne)).map(({ phase, ...rest }) => ({
      phase: phase.id,
      ...rest,
    }));
    answer(io, { schema: 'cutover.plan/1', file, hash, plan, dayOne, dates }, () =>
      renderPlan(plan, hash, dayOne, io.width, io.paint),
    );
    return EXIT.ok;
  },
};

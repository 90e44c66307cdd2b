import { CutoverError } from '../../kernel/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { configOf } from '../session.ts';

export const planValidate: Command = {
  name: 'plan validate',
  summary: 'Check the plan. Exit code 3 when something is wrong with it.',
  examples: ['cutover plan validate', 'cutover plan validate --config rollout/cutover.config.ts --json'],
  mutates: false,
  async run(context) {
    const { io } = context;
    try {
      const { plan, hash, file } = await configOf(context);
      const steps = plan.phases.reduce((sum, phase) => sum + phase.steps.length, 0);
      answer(io, { schema: 'cutover.validation/1', ok: true, file, hash, problems: [] }, () =>
        io.paint(
          'good',
          `✔ ${plan.id}: ${plan.phases.length} phases, ${steps} steps, plan ${hash.slice(0, 12)}`,
        ),
      );
      return EXIT.ok;
    } catch (error) {
      if (!(error instanceof CutoverError) || error.code !== 'CONFIG_INVALID') throw error;
      const { details, message, hint } = error;
      const problems: unknown = details?.['problems'] ?? [];
      answer(io, { schema: 'cutover.validation/1', ok: false, problems }, () =>
        [
          `${io.paint('bad', '✖ CONFIG_INVALID')}: ${message}`,
          ...(hint === undefined ? [] : [`  Fix: ${hint}`]),
        ].join('\n'),
      );
      return EXIT.findings;
    }
  },
};

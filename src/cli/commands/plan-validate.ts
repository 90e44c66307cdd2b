import type { LoadedConfig } from '../../config/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, exitCodeOf, type ExitCode } from '../exit.ts';
import { answer } from '../io.ts';
import { configOf } from '../session.ts';
import { takenElsewhere } from '../taken.ts';

export const planValidate: Command = {
  name: 'plan validate',
  summary: 'Check the plan: 2 when it is none, 3 when one that is on is in its way.',
  examples: ['cutover plan validate', 'cutover plan validate --config rollout/cutover.config.ts --json'],
  mutates: false,
  async run(context) {
    const { io } = context;
    try {
      const config = await configOf(context);
      const { plan, hash, file } = config;
      const taken = await takenElsewhere(context, config);
      if (taken.length > 0) return refuseTaken(context, config, taken);
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
      return exitCodeOf(error.code);
    }
  },
};

/** The plan itself is right; what is on already is in its way. */
function refuseTaken({ io }: Context, { file, hash }: LoadedConfig, taken: readonly string[]): ExitCode {
  const problems = taken.map((message) => ({ path: 'repositories', message }));
  answer(io, { schema: 'cutover.validation/1', ok: false, file, hash, problems }, () =>
    taken.map((message) => `${io.paint('bad', '✖ REPOSITORY_TAKEN')}: ${message}`).join('\n'),
  );
  return EXIT.findings;
}

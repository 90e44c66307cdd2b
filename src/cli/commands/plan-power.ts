import { CutoverError } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import { planPower } from '../../planlint/index.ts';
import type { Command, Context } from '../command.ts';
import { knownEnvironment } from '../environment.ts';
import { EXIT } from '../exit.ts';
import { textOption } from '../given.ts';
import { answer } from '../io.ts';
import { renderPower } from '../render/power.ts';
import { configOf } from '../session.ts';

export const planPowerCommand: Command = {
  name: 'plan power',
  summary:
    'The smallest error ratio and slowdown that each hold finds with 90 % probability, at your traffic.',
  options: [
    {
      flags: '--rps <calls>',
      summary: 'calls a second of all repositories, both sides together (default: measure.rps of the plan)',
    },
  ],
  examples: ['cutover plan power --rps 20', 'cutover plan power --rps 0.5 --environment production --json'],
  mutates: false,
  async run(context) {
    const { plan, hash } = await configOf(context);
    const { io, given } = context;
    const names = plan.environments.map(({ name }) => name);
    const named = textOption(given, 'environment');
    // What is to be found in production is what plans are about.
    const environment = named === undefined ? (names.at(-1) ?? '') : knownEnvironment(names, named);
    const rps = rpsOf(context, plan);
    const holds = planPower(plan, environment, rps);
    const document = {
      schema: 'cutover.power/1' as const,
      migration: plan.id,
      hash,
      environment,
      rps,
      probability: 0.9,
      holds,
    };
    answer(io, document, () => renderPower(plan, environment, rps, holds, io.width, io.paint));
    return EXIT.ok;
  },
};

const MOST_RPS = 1e6;

/** @throws CutoverError `USAGE` for what is no number of calls, or none at all */
function rpsOf({ given }: Context, plan: Plan): number {
  const text = textOption(given, 'rps');
  const rps = text === undefined ? plan.measure.rps : Number(text.replace(/\/s$/, '').trim() || NaN);
  if (rps === undefined)
    throw new CutoverError('USAGE', 'how many calls a second are expected is not known', {
      hint: 'write --rps 20, or measure: { rps: 20 } in the plan',
    });
  if (rps >= 0.001 && rps <= MOST_RPS) return rps;
  throw new CutoverError('USAGE', `--rps ${text}: expected calls a second from 0.001 to ${MOST_RPS}`, {
    hint: 'write --rps 20',
  });
}

import { CutoverError, dateNumber, instantOf } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import { isScheduled } from '../../schedule/index.ts';
import { parseDisturbance, simulate, type Scenario, type Simulation } from '../../simulate/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { countOption, dateOption, listOption, positiveDuration, textOption } from '../given.ts';
import { answer } from '../io.ts';
import { renderSimulation } from '../render/simulation.ts';
import { configOf } from '../session.ts';
import { knownEnvironment } from '../environment.ts';

const CODES: Readonly<Record<Simulation['outcome'], ExitCode>> = {
  completed: EXIT.ok,
  'rolled back': EXIT.rolledBack,
  'waits for a person': EXIT.needsConfirmation,
};

export const planSimulate: Command = {
  name: 'plan simulate',
  summary: 'Run the plan by the real engine on a clock of its own, in a world that you describe.',
  options: [
    {
      flags: '--with <what>',
      summary:
        'slower=12%@2d, errors=1%, leak=12MB/h@1d..2d, outage@5h..7h, new-error, complaints=6 (repeatable)',
      repeatable: true,
    },
    { flags: '--traffic <calls>', summary: 'calls a second, both sides together (default: 100)' },
    { flags: '--instances <count>', summary: 'in each environment (default: 10)' },
    { flags: '--start-on <date>', summary: 'day 1 of the plan, at nine in the morning (default: now)' },
    { flags: '--operator <duration>', summary: 'how long a person takes to answer, or never (default: 15m)' },
  ],
  examples: [
    'cutover plan simulate',
    'cutover plan simulate --with slower=12%@3d --with outage@1d..26h',
    'cutover plan simulate --environment production --traffic 2 --operator never --json',
  ],
  mutates: false,
  async run(context) {
    const { plan, hash } = await configOf(context);
    const { io, given } = context;
    const scenario = scenarioOf(context, plan);
    const names = plan.environments.map(({ name }) => name);
    const named = textOption(given, 'environment');
    const environments = named === undefined ? names : [knownEnvironment(names, named)];
    const result = simulate(plan, hash, scenario, environments);
    answer(io, { schema: 'cutover.simulation/1', migration: plan.id, hash, scenario, ...result }, () =>
      renderSimulation(result, zoneOf(plan), scenario.startAt ?? 0, io.width, io.paint),
    );
    return CODES[result.outcome];
  },
};

function scenarioOf({ given, clock }: Context, { schedule }: Plan): Scenario {
  const startOn = dateOption(given, 'startOn');
  const morning =
    startOn === undefined ? undefined : instantOf(dateNumber(startOn) ?? 0, 540, schedule.timeZone);
  const operator = textOption(given, 'operator') ?? '15m';
  return {
    disturbances: (listOption(given, 'with') ?? []).map(parseDisturbance),
    callsPerSecond: traffic(textOption(given, 'traffic') ?? '100'),
    instances: instancesOf(countOption(given, 'instances') ?? 10),
    startAt: morning ?? clock.now(),
    operatorMs: operator === 'never' ? null : positiveDuration(operator, '--operator'),
  };
}

/** A plan that knows dates is shown in dates; one that does not, in days since its beginning. */
function zoneOf(plan: Plan): string | null {
  return isScheduled(plan) ? plan.schedule.timeZone : null;
}

/** Half a call a second is traffic, too. */
function traffic(text: string): number {
  const calls = Number(text.replace(/\/s$/, ''));
  if (calls >= 0 && calls <= 1e9) return calls;
  throw new CutoverError('USAGE', `--traffic ${text}: expected calls a second from 0 to ${1e9}`, {
    hint: 'write --traffic 100',
  });
}

const MOST_INSTANCES = 10_000;

function instancesOf(count: number): number {
  if (count <= MOST_INSTANCES) return count;
  throw new CutoverError('USAGE', `--instances ${count}: more than ${MOST_INSTANCES}`, {
    hint: `write at most ${MOST_INSTANCES}; it changes nothing above a hundred`,
  });
}

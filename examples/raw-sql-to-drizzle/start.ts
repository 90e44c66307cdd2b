// `npm start`: plan 000 against thirteen live processes, on a clock on which an hour takes 250 ms. At 50 % the
// candidate turns bad and the plan takes it back; repaired, it goes through. `--once --json` does it without a
// terminal and ends with a JSON document; the exit code is 0 only if everything went as it has to.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/kernel/index.ts';
import { loadConfig } from '../../src/config/index.ts';
import { StatusReader, type StatusDocument } from '../../src/report/index.ts';
import { openSqliteStore } from '../../src/store/index.ts';
import { CommandLine } from './demo/cutover.ts';
import { outcomeLines, outcomeOf } from './demo/outcome.ts';
import { openScreen } from './demo/screen.ts';
import { startFleet, stopFleet, type Instance } from './fleet.ts';
import { startLoad, type Load } from './load/generator.ts';

const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(
    'npm start [-- --once] [-- --json]\n  --once  without the live screen\n  --json  ends with a JSON document of the figures',
  );
  process.exit(0);
}

const COMPRESS = '1h=250ms';
/** Requests a second of each environment, as the demonstration loads them. */
const RATE: Readonly<Record<string, number>> = { development: 20, staging: 40, production: 250 };
const REDRAW_MS = 250;
const LINGER_MS = 4_000;

const folder = await mkdtemp(join(tmpdir(), 'cutover-demo-'));
const store = join(folder, 'state.db');
const faults = join(folder, 'faults.json');
const env: Record<string, string> = {
  DATABASE: join(folder, 'app.db'),
  CUTOVER_STORE: store,
  FAULTS: faults,
};
process.env['DATABASE'] = env['DATABASE'];

const began = performance.now();
const onTerminal = process.stdout.isTTY && !values.once && !values.json;
const screen = openScreen(onTerminal);
const cli = new CommandLine(env, (line) => screen.line(line));
const { plan } = await loadConfig(join(import.meta.dirname, 'cutover.config.ts'));
const confirm = ['--store', store, '--confirm', plan.id];

let fleet: readonly Instance[] = [];
let loads: readonly Load[] = [];
let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
  void cli.stop();
});

try {
  process.exitCode = await story();
} finally {
  screen.close();
  await cli.stop();
  for (const load of loads) await load.stop();
  await stopFleet(fleet);
  await rm(folder, { recursive: true, force: true });
}

async function story(): Promise<number> {
  await cli.serve(store, (link) => screen.link(link));
  screen.say('Starting 13 instances of the service: 1 for development, 2 for staging, 10 for production.');
  fleet = await startFleet(env);
  loads = Object.entries(RATE).map(([environment, ratePerSecond], index) =>
    startLoad({ targets: urls(environment), ratePerSecond, seed: index + 1 }),
  );
  env['TARGETS'] = urls('staging').join(',');
  screen.say('Control serves everything. A baseline of it is recorded in each environment.');
  await Promise.all(
    Object.keys(RATE).map((name) =>
      must(cli.run('baseline', 'record', '--for', '6s', '--environment', name, ...confirm)),
    ),
  );

  screen.say('Development: all instances on the candidate, 72 hours compressed to 18 seconds.');
  await must(rollout('development'));
  screen.say('Staging: the same, with smoke tests and an integrity check.');
  await must(rollout('staging'));

  screen.say('Before production two checklists are confirmed, and four people approve this very plan.');
  await confirmAndApprove();
  screen.say('Production: 10 %, 50 %, 100 %. At 50 % the candidate will turn bad.');
  const spoiling = spoilAtHalf();
  const firstRun = await rollout('production');
  await spoiling;
  const { rollback } = await status('production');
  screen.say(
    `Taken back by itself in ${rollback?.tookMs}ms to the last acknowledgement: ${rollback?.reason ?? ''}`,
  );
  if (onTerminal) await lingering();

  await rm(faults, { force: true });
  screen.say(
    'The candidate is repaired. A person acknowledges the rollback; the second run starts from staging.',
  );
  await must(
    cli.run(
      'resume',
      '--environment',
      'production',
      '--reason',
      'the injected fault was removed',
      ...confirm,
    ),
  );
  await must(rollout('staging'));
  screen.say('Production again: 10 %, 50 %, 100 %.');
  const secondRun = await rollout('production');

  const traffic = await Promise.all(loads.map((load) => load.stop()));
  const codes = { first: firstRun.code, second: secondRun.code };
  const outcome = outcomeOf(rollback, codes, traffic, performance.now() - began);
  screen.close();
  process.stderr.write(`\n${outcomeLines(outcome).join('\n')}\n`);
  if (values.json) console.log(JSON.stringify(outcome));
  return outcome.ok ? 0 : 1;
}

async function confirmAndApprove(): Promise<void> {
  const inProduction = ['--environment', 'production', '--reason', 'the demonstration', ...confirm];
  for (const list of Object.keys(plan.checklists))
    await must(cli.run('check', list, '--all', ...inProduction));
  const roles = plan.phases.flatMap(({ needs }) => needs.approvals);
  // As many people as roles: one person cannot approve twice.
  for (const role of roles) await must(cli.run('approve', '--role', role, '--actor', role, ...inProduction));
}

function urls(environment: string): readonly string[] {
  return fleet.filter((instance) => instance.environment === environment).map(({ url }) => url);
}

type Ended = Awaited<ReturnType<CommandLine['run']>>;

/** A run to its end, with the screen drawn meanwhile. */
async function rollout(environment: string): Promise<Ended> {
  const running = cli.run(
    'run',
    '--environment',
    environment,
    '--compress',
    COMPRESS,
    '--reason',
    'the demonstration',
    ...confirm,
  );
  const drawing = onTerminal ? keepDrawing(environment, running) : Promise.resolve();
  const ended = await running;
  await drawing;
  return ended;
}

async function must(running: Promise<Ended>): Promise<void> {
  const { code } = await running;
  if (code !== 0)
    throw new Error(stopped ? 'interrupted' : `a command of the demonstration ended with ${code}`);
}

/** Waits for the middle of the hold at 50 %, then makes one call in ten of the candidate fail. */
async function spoilAtHalf(): Promise<void> {
  for (;;) {
    const { phases, state } = await status('production');
    const hold = phases.find(({ id }) => id === 'expansion')?.steps.find(({ kind }) => kind === 'hold');
    if (hold?.state === 'current' && (hold.progress ?? 0) > 0.3) break;
    if (hold?.state === 'done' || state === 'rolled-back' || stopped) return;
    await systemClock.sleep(100);
  }
  await writeFile(faults, JSON.stringify({ failRate: 0.1, errorType: 'DrizzleQueryError' }));
  screen.say('NOW: one call in ten of the candidate fails.');
}

async function keepDrawing(environment: string, until: Promise<unknown>): Promise<void> {
  let going = true;
  void until.finally(() => (going = false));
  while (going) {
    await show(environment);
    await systemClock.sleep(REDRAW_MS);
  }
}

/** Long enough to read what happened. */
async function lingering(): Promise<void> {
  const until = systemClock.sleep(LINGER_MS);
  await keepDrawing('production', until);
}

async function show(environment: string): Promise<void> {
  const traffic = loads[Object.keys(RATE).indexOf(environment)];
  if (traffic !== undefined) screen.draw(await status(environment), traffic.stats());
}

async function status(environment: string): Promise<StatusDocument> {
  const reading = await openSqliteStore({ file: store, clock: systemClock, readOnly: true });
  try {
    return await new StatusReader(reading, systemClock, plan, environment).read();
  } finally {
    await reading.close();
  }
}

// Plan 001 against three live instances and a real PostgreSQL, on a clock on which an hour takes 50 ms. In the middle of the
// bikes' rollout their candidate turns bad: that repository goes back alone. Then everything goes back. Then, repaired, all
// of it goes through. The exit code is 0 only if everything went as it has to; `--json` ends with a document.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { StatusReader, type StatusDocument } from '../../src/report/index.ts';
import { openSqliteStore } from '../../src/store/index.ts';
import { startPostgres } from '../../tools/postgres/server.ts';
import { CommandLine } from '../raw-sql-to-drizzle/demo/cutover.ts';
import { startInstances, stopFleet, type Instance } from '../raw-sql-to-drizzle/fleet.ts';
import { startLoad, type Load } from '../raw-sql-to-drizzle/load/generator.ts';
import { createShop } from './app/database.ts';
import { SHOP_MIX } from './load.ts';
import { startPageViews, type PageViews } from './page-views.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const COMPRESS = '1h=50ms';
const RATE_PER_SECOND = 40;
const VIEWS_PER_SECOND = 12;
const INSTANCES = ['till-1', 'till-2', 'web-1'];

const folder = await mkdtemp(join(tmpdir(), 'cutover-shop-'));
const store = join(folder, 'state.db');
const faults = join(folder, 'faults.json');
const began = performance.now();
const say = (text: string): void => void process.stderr.write(`\n${text}\n`);
// On this clock a look sees the last four seconds: few calls of a repository at 10 %.
const env: Record<string, string> = {
  MAX_HOLD: '60d',
  CUTOVER_STORE: store,
  FAULTS: faults,
  MIN_SAMPLES: '1',
  BEACON_SECRET: randomUUID(),
};
Object.assign(process.env, { MIN_SAMPLES: env['MIN_SAMPLES'], MAX_HOLD: env['MAX_HOLD'] });
const cli = new CommandLine(env, (line) => void process.stderr.write(`  ${line}\n`), import.meta.dirname);
const { plan } = await loadConfig(join(import.meta.dirname, 'cutover.config.ts'));
const inProduction = ['--environment', 'production', '--store', store, '--confirm', plan.id];

let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stopped = true;
    void cli.stop();
  });

say('Starting PostgreSQL, the shop with three instances, and its customers.');
const postgres = await startPostgres();
let fleet: readonly Instance[] = [];
let load: Load | undefined;
let views: PageViews | undefined;
try {
  env['DATABASE_URL'] = await postgres.createDatabase('shop');
  await createShop(env['DATABASE_URL']);
  fleet = await startInstances(join(import.meta.dirname, 'app/service.ts'), { production: INSTANCES }, env);
  await cli.serve(store, (link) => say(`Pages: ${link}`));
  const targets = fleet.map(({ url }) => url);
  env['TARGETS'] = targets.join(',');
  load = startLoad({ targets, ratePerSecond: RATE_PER_SECOND, seed: 1, mix: SHOP_MIX });
  views = startPageViews(targets, VIEWS_PER_SECOND);
  process.exitCode = await story(load, views);
} finally {
  await cli.stop();
  await Promise.all([load?.stop(), views?.stop()]);
  await stopFleet(fleet);
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

async function story(running: Load, looking: PageViews): Promise<number> {
  for (const list of Object.keys(plan.checklists)) await must('check', list, '--all', ...reason('rehearsed'));

  // For one hash of the plan: what is approved now is what runs.
  await must('approve', '--role', 'Lead engineer', ...reason('rehearsed'));

  say('The plan begins. When bikes are at 50 %, their candidate will fail.');
  const first = run();
  await reached(({ phases }) => {
    const bikes = phases.find(({ id }) => id === 'bike')?.steps.filter(({ kind }) => kind === 'hold');
    return bikes?.[2]?.state === 'current';
  });
  await writeFile(faults, JSON.stringify({ bike: { failRate: 1 } }));
  say('NOW: every call of the bikes fails on the candidate.');
  const red = await reached(({ state }) => state === 'paused');
  say(`A person is asked: ${red.waitingFor ?? ''}. The bikes go back alone.`);
  await must('rollback', '--repository', 'bike', ...reason('every call fails'));
  const alone = await proof();

  say('Then it is decided that everything goes back, and every instance has to have fetched it.');
  await must('rollback', ...reason('the cause is not known'));
  const { code } = await first;
  await must('flag', 'clear-cache', '--environment', 'production', '--store', store);
  const whole = await proof();

  say(
    'The candidate is repaired. A person acknowledges the rollback, and the plan is run from its beginning.',
  );
  await rm(faults, { force: true });
  await must('resume', ...reason('the fault was found and repaired'));
  const second = await run();
  const end = await proof();

  const { requests } = await status();
  const { sent, failed, injected, examples } = await running.stop();
  const pages = await looking.stop();
  const outcome = {
    schema: 'cutover.demo/1' as const,
    ok: false,
    pausedByGate: code !== 0 && red.waitingFor === 'a person: red',
    alone,
    whole,
    end,
    completed: second.code === 0,
    // What the status says of the last seconds, by route and side.
    endpoints: requests.map(({ route }) => route),
    pages,
    requests: { sent, failedByTool: failed, failedByInjectedFault: injected, examples },
    tookMs: Math.round(performance.now() - began),
  };
  const served = (one: Proof, expected: (repository: string) => string): boolean =>
    one.instances.length === INSTANCES.length &&
    one.instances.every(({ sides }) =>
      Object.entries(sides).every(([name, side]) => side === expected(name)),
    );
  const beforeBikes = ['user', 'customer'];
  const ok =
    outcome.pausedByGate &&
    served(alone, (name) => (beforeBikes.includes(name) ? 'candidate' : 'control')) &&
    alone.withinBudget &&
    served(whole, () => 'control') &&
    whole.withinBudget &&
    outcome.completed &&
    served(end, () => 'candidate') &&
    outcome.endpoints.includes('(pages)') &&
    pages.failed === 0 &&
    failed === 0;
  say(
    `${ok ? '✔' : '✖'} ${sent} requests, ${failed} failed by the tool, ${injected} by the injected fault; ${examples.join('; ')}`,
  );
  if (values.json) console.log(JSON.stringify({ ...outcome, ok }));
  return ok ? 0 : 1;
}

type Proof = {
  readonly withinBudget: boolean;
  readonly tookMs: number | null;
  /** What each instance itself says it serves, and by the state of which epoch. */
  readonly instances: readonly {
    readonly url: string;
    readonly epoch: number;
    readonly sides: Readonly<Record<string, string>>;
  }[];
};

/** Asked of the instances, not of the state file. */
async function proof(): Promise<Proof> {
  const { rollback } = await status();
  const instances = await Promise.all(
    fleet.map(async ({ url }) => {
      const answers = (await (await fetch(`${url}/which`)).json()) as readonly {
        readonly repository: string;
        readonly side: string;
        readonly epoch: number;
      }[];
      const sides = Object.fromEntries(answers.map(({ repository, side }) => [repository, side]));
      return { url, epoch: Math.min(...answers.map(({ epoch }) => epoch)), sides };
    }),
  );
  return { withinBudget: rollback?.withinBudget === true, tookMs: rollback?.tookMs ?? null, instances };
}

function reason(text: string): readonly string[] {
  return ['--reason', text, ...inProduction];
}

function run() {
  return cli.run('run', '--compress', COMPRESS, ...reason('the rehearsal'));
}

async function must(...args: readonly string[]): Promise<void> {
  const { code } = await cli.run(...args);
  if (code !== 0) throw new Error(stopped ? 'interrupted' : `cutover ${args[0]} ended with ${code}`);
}

/** Waits for what the story needs; a run that is over, or paused before its time, ends it. */
async function reached(isThere: (status: StatusDocument) => boolean): Promise<StatusDocument> {
  for (;;) {
    const now = await status();
    if (isThere(now)) return now;
    if (stopped) throw new Error('interrupted');
    if (now.state === 'paused' || now.state === 'completed' || now.state === 'rolled-back')
      throw new Error(`the run is ${now.state} too early: ${now.waitingFor ?? ''}`);
    await systemClock.sleep(50);
  }
}

async function status(): Promise<StatusDocument> {
  const reading = await openSqliteStore({ file: store, clock: systemClock, readOnly: true });
  try {
    return await new StatusReader(reading, systemClock, plan, 'production').read();
  } finally {
    await reading.close();
  }
}

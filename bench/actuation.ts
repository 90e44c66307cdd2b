import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measurePostgres, type OnPostgres } from './actuation-postgres.ts';
import { figure, type Outcome } from './figure.ts';
import { Fleet, LEASE_MS } from './fleet.ts';
import { idleShare } from './idle-share.ts';
import { quantile } from './timing.ts';

const CHANGES = 200;
const CHANGES_OF_THE_REST = 100;
/** What plan 000 allows for a rollback. Milliseconds. */
const PLAN_BUDGET_MS = 60_000;

/**
 * How long until the last of 16 processes has acknowledged a change; what a stopped and a killed one change about that
 * for the rest, and when they count as settled; and what watching costs while nothing changes.
 */
export default async function measure(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  const file = (name: string): string => join(folder, `${name}.db`);
  try {
    const all = await Fleet.during(file('all'), (fleet) => fleet.measureChanges(CHANGES, fleet.names));
    const stopped = await Fleet.during(file('stopped'), (fleet) => withoutOne(fleet, 'SIGSTOP'));
    const killed = await Fleet.during(file('killed'), (fleet) => withoutOne(fleet, 'SIGKILL'));
    const source = await idleShare('actuation-application.ts', file('idle-source'));
    const watcher = await idleShare('actuation-idle.ts', file('idle-watcher'));
    const postgres = await measurePostgres(folder);
    const peers = [{ name: 'what plan 000 allows', value: PLAN_BUDGET_MS }];
    return {
      figures: [
        figure('decision to last acknowledgement of 16, median', quantile(all, 0.5), peers),
        figure('decision to last acknowledgement of 16, p99', quantile(all, 0.99), peers),
        figure('decision to last acknowledgement of 16, longest', Math.max(...all), peers),
        figure('the other 15 with one stopped, p99', quantile(stopped.rest, 0.99)),
        figure('the other 15 with one stopped, longest', Math.max(...stopped.rest)),
        figure('the other 15 with one killed, p99', quantile(killed.rest, 0.99)),
        figure('the other 15 with one killed, longest', Math.max(...killed.rest)),
        figure('rollback verified with one stopped', stopped.takenBackMs / LEASE_MS),
        figure('rollback verified with one killed', killed.takenBackMs / LEASE_MS),
        figure('the stopped one goes on: back in line', stopped.backMs),
        figure('idle process with a source', source),
        figure('idle watcher of a store, alone', watcher),
        ...('told' in postgres ? onPostgres(postgres) : []),
      ],
      missing: 'told' in postgres ? postgres.missing : [postgres],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function onPostgres({ told, looking, idle }: OnPostgres): Outcome['figures'] {
  const pooled =
    looking.length === 0 ? [] : [figure('PgBouncer: last of 16 acknowledged, p99', quantile(looking, 0.99))];
  return [
    figure('PostgreSQL: last of 16 acknowledged, median', quantile(told, 0.5)),
    figure('PostgreSQL: last of 16 acknowledged, p99', quantile(told, 0.99)),
    figure('PostgreSQL: last of 16 acknowledged, longest', Math.max(...told)),
    figure('PostgreSQL: idle process with a source', idle),
    ...pooled,
  ];
}

type WithoutOne = { readonly rest: readonly number[]; readonly takenBackMs: number; readonly backMs: number };

/** One process falls silent: are the others delayed by it, and when is a rollback verified all the same? */
async function withoutOne(fleet: Fleet, signal: 'SIGSTOP' | 'SIGKILL'): Promise<WithoutOne> {
  const [silent = '', ...others] = fleet.names;
  fleet.signal(silent, signal);
  const rest = await fleet.measureChanges(CHANGES_OF_THE_REST, others);
  const { tookMs, settled } = await fleet.takeBack();
  for (const { instance, how } of settled) {
    const expected = instance === silent ? 'lease expired' : 'acknowledged';
    if (how !== expected) throw new Error(`${signal}: ${instance} is settled by "${how}", not "${expected}"`);
  }
  if (settled.length !== fleet.names.length)
    throw new Error(`${signal}: ${settled.length} of ${fleet.names.length} processes are settled`);
  if (signal === 'SIGKILL') return { rest, takenBackMs: tookMs, backMs: Number.NaN };
  const began = performance.now();
  fleet.signal(silent, 'SIGCONT');
  await fleet.acknowledged([silent]);
  return { rest, takenBackMs: tookMs, backMs: performance.now() - began };
}

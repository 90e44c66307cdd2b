import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/kernel/index.ts';
import { startPostgres, whyNoPostgres } from '../tools/postgres/server.ts';
import { INSTANCES, ServedFleet } from './fanout-fleet.ts';
import { type StoreLoad, type StoreView, viewPostgres, viewSqlite } from './fanout-store.ts';
import { figure, type Measured, type Missing, type Outcome } from './figure.ts';
import { ADDRESS } from './fleet.ts';
import { processLoad, whyNoProcessLoad } from './process-load.ts';
import { quantile } from './timing.ts';

const KILLS = 8;
const FEW_KILLS = 4;
/** What a fleet of this size is told to do (`docs/operations/scale.md`), and what instances do when nobody tells them. */
const SELDOM_MS = 5_000;
const USUAL_MS = 1_000;
const REST_MS = 10_000;
/** Counters of PostgreSQL come a second after what they count. */
const COUNTED_MS = 1_500;

/**
 * From a kill that a person asks a server for to the acknowledgement of each of a thousand instances in the store, behind three
 * servers; and what they cost while nothing happens.
 */
export default async function measure(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  try {
    const postgres = await onPostgres(folder, SELDOM_MS, KILLS);
    const usual = await onPostgres(folder, USUAL_MS, FEW_KILLS);
    const file = join(folder, 'state.db');
    const sqlite = await measureStore(file, folder, async () => viewSqlite(file), SELDOM_MS, FEW_KILLS);
    return {
      figures: [
        ...('kills' in postgres ? figuresOf(postgres) : []),
        ...('kills' in usual
          ? [
              figure('reports every second: kill to acknowledgement, p99', quantile(usual.kills, 0.99)),
              figure('reports every second: CPU of the servers', usual.atRest.servers * 100),
              figure('reports every second: CPU of PostgreSQL', usual.atRest.store.cpuMs / 10),
            ]
          : []),
        figure('SQLite: kill to acknowledgement, p99', quantile(sqlite.kills, 0.99)),
      ],
      missing: 'kills' in postgres ? [] : [postgres],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onPostgres(folder: string, reportMs: number, kills: number): Promise<Seen | Missing> {
  const reason = whyNoPostgres() ?? whyNoProcessLoad();
  if (reason !== null) return { name: 'PostgreSQL', why: reason };
  const server = await startPostgres({ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' });
  try {
    const url = await server.createDatabase('fanout');
    process.env[ADDRESS] = url;
    return await measureStore(`postgres:${ADDRESS}`, folder, () => viewPostgres(url), reportMs, kills);
  } finally {
    await server.stop();
  }
}

type Seen = {
  /** Milliseconds, of each instance and kill. */
  readonly kills: readonly number[];
  readonly bytesEach: number;
  readonly atRest: Load;
  /** For one kill and what lifts it, beyond what there is at rest. */
  readonly perKill: StoreLoad;
};

/** For each second. */
type Load = { readonly store: StoreLoad; readonly servers: number };

const NOTHING: StoreLoad = { transactions: 0, rows: 0, bytes: 0, cpuMs: 0 };

function measureStore(
  named: string,
  folder: string,
  open: () => Promise<StoreView>,
  reportMs: number,
  kills: number,
): Promise<Seen> {
  return ServedFleet.during(named, folder, open, reportMs, async (fleet) => {
    const before = processLoad(fleet.serverPids).residentBytes;
    await fleet.begin();
    const rest = await loadDuring(fleet, () => systemClock.sleep(REST_MS));
    const all: number[] = [];
    const busy = await loadDuring(fleet, async () => {
      for (let n = 0; n < kills; n += 1) {
        await fleet.raise(n > 0);
        // Not in step with the reports.
        await systemClock.sleep(1_000 + Math.random() * reportMs);
        all.push(...(await fleet.kill()));
      }
    });
    const bytes = processLoad(fleet.serverPids).residentBytes - before;
    const perKill = over(minus(busy.store, over(rest.store, rest.tookMs / busy.tookMs)), kills);
    return {
      kills: all,
      bytesEach: bytes / INSTANCES,
      atRest: {
        store: over(rest.store, rest.tookMs / 1_000),
        servers: rest.servers / rest.tookMs,
      },
      perKill,
    };
  });
}

type During = { readonly tookMs: number; readonly store: StoreLoad; readonly servers: number };

async function loadDuring(fleet: ServedFleet, use: () => Promise<unknown>): Promise<During> {
  await systemClock.sleep(COUNTED_MS);
  const store = (await fleet.view.load()) ?? NOTHING;
  const servers = processLoad(fleet.serverPids).cpuMs;
  const began = performance.now();
  await use();
  await systemClock.sleep(COUNTED_MS);
  const tookMs = performance.now() - began;
  return {
    tookMs,
    store: minus((await fleet.view.load()) ?? NOTHING, store),
    servers: processLoad(fleet.serverPids).cpuMs - servers,
  };
}

function minus(one: StoreLoad, other: StoreLoad): StoreLoad {
  return {
    transactions: one.transactions - other.transactions,
    rows: one.rows - other.rows,
    bytes: one.bytes - other.bytes,
    cpuMs: one.cpuMs - other.cpuMs,
  };
}

function over(load: StoreLoad, by: number): StoreLoad {
  return {
    transactions: load.transactions / by,
    rows: load.rows / by,
    bytes: load.bytes / by,
    cpuMs: load.cpuMs / by,
  };
}

function figuresOf({ kills, bytesEach, atRest, perKill }: Seen): readonly Measured[] {
  const { store, servers } = atRest;
  return [
    figure('kill to acknowledgement of 1,000, median', quantile(kills, 0.5)),
    figure('kill to acknowledgement of 1,000, p99', quantile(kills, 0.99)),
    figure('kill to acknowledgement of 1,000, longest', Math.max(...kills)),
    figure('memory of the servers, an instance', bytesEach / 1_000),
    figure('at rest: CPU of the servers', servers * 100),
    figure('at rest: CPU of PostgreSQL', store.cpuMs / 10),
    figure('at rest: transactions', store.transactions),
    figure('at rest: rows written', store.rows),
    figure('at rest: log of PostgreSQL', store.bytes / 1_000),
    figure('a kill and its end: transactions', perKill.transactions),
    figure('a kill and its end: rows written', perKill.rows),
    figure('a kill and its end: log of PostgreSQL', perKill.bytes / 1_000),
  ];
}

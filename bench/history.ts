import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, systemClock, type Clock, type Json, type Random } from '../src/kernel/index.ts';
import { LatencySketch, type OperationBatch } from '../src/measure/index.ts';
import { TelemetryFolder } from '../src/report/folder.ts';
import { openSqliteStore } from '../src/store/index.ts';
import { figure, type Outcome } from './figure.ts';

const STREAM = 'bench/production';
const INSTANCES = 50;
const REPOSITORIES = 10;
const OPERATIONS = 6;
/** Of each side of an operation in one report. */
const CALLS = 5;
const MINUTES = 5;
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

/** What telemetry of a fleet takes when it is folded: time, and room for 60 days. */
export default async function measure(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-history-'));
  let at = Math.floor(systemClock.now() / MINUTE_MS) * MINUTE_MS;
  const clock: Clock = { ...systemClock, now: () => at };
  const store = await openSqliteStore({ file: join(folder, 'state.db'), clock });
  try {
    const random = seededRandom(1);
    const batches = Array.from({ length: 200 }, () => batchOf(random));
    const batch = (): Json => batches[Math.floor(random() * batches.length)] ?? null;
    const bytes = JSON.stringify(batches).length / batches.length;
    for (let second = 0; second < 60 * MINUTES; second += 1) {
      at += 1_000;
      const reports = Array.from({ length: INSTANCES }, (_, index) => ({
        instance: `instance-${index}`,
        body: {},
        telemetry: batch(),
      }));
      await store.reportAll(STREAM, reports);
    }
    at += 5_000;
    const began = process.cpuUsage();
    const work = new TelemetryFolder(store, clock, STREAM);
    await work.fold();
    const { user, system } = process.cpuUsage(began);
    const minutes = await store.historySize(STREAM);
    at += 3 * DAY_MS;
    await work.fold();
    const quarters = await store.historySize(STREAM);
    const aMinute = minutes.bytes / MINUTES / 1e6;
    const aQuarter = quarters.bytes / 1e6;
    const cpuMs = (user + system) / 1_000 / MINUTES;
    return {
      figures: [
        figure('telemetry of a minute', (bytes * INSTANCES * 60) / 1e6),
        figure('a minute of it, folded', aMinute),
        figure('15 minutes of it as one', aQuarter),
        figure('all of it, after 60 days', aMinute * 1_440 * 2 + aQuarter * 96 * 58),
        figure('folding each minute', (cpuMs / MINUTE_MS) * 100),
      ],
      missing: [],
    };
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function batchOf(random: Random): Json {
  const operations: OperationBatch[] = [];
  for (let place = 0; place < REPOSITORIES * OPERATIONS; place += 1)
    for (const side of ['control', 'candidate'] as const) {
      const latency = new LatencySketch();
      const median = 4 + (place % OPERATIONS) * 6;
      for (let call = 0; call < CALLS; call += 1) latency.record(median * Math.exp(0.5 * normal(random)));
      operations.push({
        repository: `repository${Math.floor(place / OPERATIONS)}`,
        operation: `operation${place % OPERATIONS}`,
        side,
        calls: CALLS,
        errors: 0,
        ignored: 0,
        latency: latency.drain(),
        fingerprints: [],
      });
    }
  const nothing = { counters: {}, keyMissing: 0, overflow: 0 };
  return JSON.parse(JSON.stringify({ v: 1, epoch: 4, spanMs: 1_000, operations, gauges: {}, ...nothing }));
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom, systemClock, type Json } from '../src/kernel/index.ts';
import { ServerLink } from '../src/node/server-link.ts';
import { openSqliteStore } from '../src/store/index.ts';
import { instanceUrl } from '../src/wire/index.ts';
import { FaultyRun, type Behind } from './fixtures/faulty-run.ts';
import { seen, serves, SWAP } from './fixtures/forked-app.ts';
import { Served } from './fixtures/served.ts';

const PATIENCE = { timeout: 60_000 };
const STREAM = 'swap/production';
const STATUS = { v: 1, applied: 1, acknowledged: 1, pins: 0, serving: {}, notes: [] };

/** A second of a candidate that is called a lot. @param bytes that the batch has at least */
function batch(calls: number, errors: number, bytes = 0): Json {
  const user = { repository: 'user', operation: 'find', side: 'candidate', calls, errors };
  const counted = { ...user, ignored: 0, latency: [], fingerprints: [] };
  const counters = { ['x'.repeat(bytes)]: 1 };
  return {
    v: 1,
    epoch: 1,
    spanMs: 1_000,
    operations: [counted],
    gauges: {},
    counters,
    keyMissing: 0,
    overflow: 0,
  };
}

/** One instance that sends what it can, until it is ended. */
class Flood {
  /** How often each answer came. */
  readonly answers = new Map<string, number>();
  readonly #at: Behind;
  readonly #ended = new AbortController();
  #telemetry: Json = null;
  readonly #over: Promise<unknown>;

  constructor(at: Behind, telemetry: Json) {
    this.#at = at;
    this.#telemetry = telemetry;
    this.#over = Promise.all(Array.from({ length: 3 }, () => this.#send()));
  }

  says(telemetry: Json): void {
    this.#telemetry = telemetry;
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#over;
  }

  async #send(): Promise<void> {
    for (let times = 0; !this.#ended.signal.aborted; times += 1) {
      const answer = await this.#post(times % 4 === 0 ? this.#telemetry : null);
      this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
      // It is the server's limits that are tried here, not how fast this machine is.
      await systemClock.sleep(5);
    }
  }

  async #post(telemetry: Json): Promise<string> {
    const { url, token } = this.#at;
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-cutover-instance': 'noisy',
    };
    const body = JSON.stringify({ v: 1, instance: 'noisy', status: STATUS, telemetry });
    try {
      const to = instanceUrl(url, 'swap', 'production', 'report');
      const response = await fetch(to, { method: 'POST', headers, body });
      const { code = 'taken' } = JSON.parse(await response.text());
      return `${response.status} ${code}`;
    } catch {
      return 'cut off';
    }
  }
}

describe('an instance that sends far too much', () => {
  it('is refused with codes; what it says makes no row green or red, and what others say arrives', async () => {
    const faulty = await FaultyRun.create('3h', undefined, null, '2m');
    let flood: Flood | undefined;
    try {
      const first = await faulty.app('i1');
      const run = await faulty.holding(first);
      const store = await openSqliteStore({ file: faulty.file, clock: systemClock, readOnly: true });
      const { url } = await faulty.serve();
      const shop = { url, token: await faulty.token('shop', 'instance') };
      first.kill('SIGKILL');
      // All is well, it says, and nobody else says anything.
      flood = new Flood(shop, batch(10_000, 0, 1_200_000));
      const { answers } = flood;
      await expect.poll(() => [...answers.keys()], PATIENCE).toContain('413 BODY_TOO_LARGE');
      const looks = async () => (await store.read(STREAM)).filter(({ kind }) => kind === 'gate.looked');
      const verdicts = async () => (await looks()).map(({ body }) => Object(body).verdict);
      await expect.poll(async () => (await verdicts()).at(-1), PATIENCE).not.toBe('pass');
      const blind = (await verdicts()).length;
      await expect.poll(async () => (await verdicts()).length, PATIENCE).toBeGreaterThan(blind + 5);
      expect((await verdicts()).slice(blind - 1)).not.toContain('pass');
      // Everything fails, it says, and one with the same token that works says so.
      flood.says(batch(10_000, 10_000, 1_200_000));
      const second = await faulty.app('i2', shop);
      await serves(second, 'candidate');
      const reports = async () =>
        (await store.telemetry(STREAM, 0)).filter(({ instance }) => instance === 'i2').length;
      await expect.poll(reports, PATIENCE).toBeGreaterThan(3);
      await run.until('waiting for a person: Done?');
      const told = (await store.telemetry(STREAM, 0)).map(({ instance }) => instance);
      expect(told).not.toContain('noisy');
      await flood.end();
      // Whether its reports are too many, too, depends on how fast this machine is.
      const codes = ['413 BODY_TOO_LARGE', '429 TOO_MANY_REQUESTS', '200 taken', 'cut off'];
      expect(codes).toEqual(expect.arrayContaining([...answers.keys()]));
      await faulty.completes(run);
      expect((await seen(second)).failed).toBe(0);
      const log = await store.read(STREAM);
      expect(log.some(({ kind }) => kind === 'rollback.started')).toBe(false);
      await store.close();
    } finally {
      await flood?.end();
      await faulty.remove();
    }
  }, 300_000);
});

describe('what a server keeps', () => {
  let served: Served;
  let token: string;

  beforeEach(async () => {
    const hoursAgo = { ...systemClock, now: () => Date.now() - 2 * 3_600_000 };
    served = await Served.create({}, SWAP);
    token = await served.token('shop', ['instance'], { scopes: [STREAM] });
    const past = await openSqliteStore({ file: served.file, clock: hoursAgo });
    await past.report(STREAM, 'long ago', {}, batch(1, 0));
    await past.close();
  });
  afterEach(() => served.remove());

  const told = async () => (await served.store.telemetry(STREAM, 0)).map(({ instance }) => instance);
  const link = (instance: string): ServerLink =>
    new ServerLink({
      server: { url: served.url, token },
      migration: 'swap',
      environment: 'production',
      instance,
      clock: systemClock,
      random: seededRandom(1),
    });

  it('is no telemetry that is older than the plan has it', async () => {
    const port = Number(new URL(served.url).port);
    await link('i1').report(STREAM, 'i1', STATUS, batch(1, 0));
    expect(await told()).toEqual(['long ago', 'i1']);
    await served.stop();
    await served.start(port);
    await expect.poll(told, PATIENCE).toEqual(['i1']);
  });

  it('is a report without its telemetry where that is too long or too much: the instance lives, and says so', async () => {
    const notes = async (instance: string) => {
      const all = await served.store.instances(STREAM);
      return Object(all.find((one) => one.instance === instance)?.body).notes;
    };
    await link('long').report(STREAM, 'long', STATUS, batch(1, 0, 3_000_000));
    expect(await notes('long')).toEqual([expect.stringContaining('was thrown away')]);
    const much = link('much');
    // So much at a time is taken for a while.
    for (let times = 0; (await notes('much'))?.length !== 1; times += 1) {
      expect(times).toBeLessThan(100);
      await much.report(STREAM, 'much', STATUS, batch(1, 0, 900_000));
    }
    const before = (await told()).length;
    await link('modest').report(STREAM, 'modest', STATUS, batch(1, 0));
    expect((await told()).slice(before)).toEqual(['modest']);
    expect(await told()).not.toContain('long');
  });

  it('is nothing that comes under two names', async () => {
    await expect(link('i1').report(STREAM, 'i2', STATUS)).rejects.toThrow('answers 400');
    const names = (await served.store.instances(STREAM)).map(({ instance }) => instance);
    expect(names).toEqual(['long ago']);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Repositories } from './app/types.ts';

process.env['ROUND_TRIP_MS'] = '0';
const { openDatabase, seed } = await import('./app/database.ts');
const { rawSql } = await import('./app/control.ts');
const { withDrizzle } = await import('./app/candidate.ts');
const { Faults } = await import('./app/faults.ts');
const { startLoad } = await import('./load/generator.ts');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-example-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Call = (of: Repositories) => Promise<unknown>;
const id = fc.integer({ min: 0, max: 60 });
const text = fc.oneof(fc.string(), fc.constantFrom("O'Brien", 'späť ✓', '', '"; drop table events; --'));
const call: fc.Arbitrary<Call> = fc.oneof(
  id.map((of) => (on: Repositories) => on.project.find(of)),
  fc.constantFrom('user-1', 'nobody').map((owner) => (on: Repositories) => on.project.list(owner)),
  fc.tuple(text, text).map(
    ([name, owner]) =>
      (on: Repositories) =>
        on.project.create(name, owner),
  ),
  id.map((of) => (on: Repositories) => on.project.archive(of)),
  id.map((of) => (on: Repositories) => on.execution.find(of)),
  id.map((of) => (on: Repositories) => on.execution.forProject(of)),
  fc.tuple(id, fc.option(text)).map(
    ([of, note]) =>
      (on: Repositories) =>
        on.execution.start(of, note),
  ),
  fc.tuple(id, text).map(
    ([of, status]) =>
      (on: Repositories) =>
        on.execution.finish(of, status),
  ),
  id.map((of) => (on: Repositories) => on.event.forExecution(of)),
  id.map((of) => (on: Repositories) => on.event.count(of)),
  fc.tuple(id, text).map(
    ([of, payload]) =>
      (on: Repositories) =>
        on.event.append(of, 'note', payload),
  ),
);

/** Errors of the two sides are worded by their libraries: only that there was one is compared. */
function comparable(answer: unknown): unknown {
  return (answer as { readonly ok: boolean }).ok ? answer : 'an error';
}

describe('the two data layers of the example', () => {
  it('answer the same to any calls in any order, on databases of the same content', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 20 }), async (calls) => {
        number += 1;
        const [one, other] = ['control', 'candidate'].map((name) => {
          const database = openDatabase(join(folder, `${name}-${number}.db`));
          seed(database);
          return database;
        });
        if (one === undefined || other === undefined) throw new Error('no database');
        const control = rawSql(one);
        const candidate = withDrizzle(other, new Faults(undefined));
        for (const ask of calls)
          expect(comparable(await ask(candidate))).toEqual(comparable(await ask(control)));
        one.close();
        other.close();
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['slow', { slowMs: 80 }],
    ['failing', { failRate: 1, errorType: 'DrizzleQueryError' }],
    ['wrong', { wrongRate: 1 }],
  ])('differ when the candidate is made %s', async (kind, knobs) => {
    const file = join(folder, 'faults.json');
    await writeFile(file, JSON.stringify(knobs));
    const database = openDatabase(join(folder, 'app.db'));
    seed(database);
    const candidate = withDrizzle(database, new Faults(file)).project;
    const began = performance.now();
    const answer = await candidate.list('user-1');
    const right = await rawSql(database).project.list('user-1');
    if (kind === 'slow') expect(performance.now() - began).toBeGreaterThanOrEqual(75);
    if (kind === 'failing') expect(answer).toMatchObject({ ok: false, error: { name: 'DrizzleQueryError' } });
    if (kind === 'wrong') expect(answer).not.toEqual(right);
    else if (kind === 'slow') expect(answer).toEqual(right);
    database.close();
  });

  it('leaks when it is told to', async () => {
    const file = join(folder, 'faults.json');
    await writeFile(file, JSON.stringify({ leakBytesPerSecond: 200e6 }));
    const faults = new Faults(file);
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 20; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await faults.around(() => n);
    }
    expect(process.memoryUsage().rss - before).toBeGreaterThan(20e6);
  });
});

describe('the load generator', () => {
  let server: Server;
  let respond: (n: number) => readonly [status: number, body: string];
  let waitMs = 0;

  beforeEach(async () => {
    let asked = 0;
    waitMs = 0;
    server = createServer((_, response) => {
      const [status, body] = respond((asked += 1));
      setTimeout(() => response.writeHead(status).end(body), waitMs);
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const load = (ratePerSecond: number) =>
    startLoad({
      targets: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`],
      ratePerSecond,
      seed: 1,
    });
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('tells ordered failures from those that nobody ordered', async () => {
    respond = (n) =>
      n % 3 === 0
        ? [503, 'injected by the demonstration']
        : n % 3 === 1
          ? [500, 'something else']
          : [404, ''];
    const running = load(500);
    await pause(300);
    const { sent, ok, injected, failed, examples } = await running.stop();
    expect(sent).toBeGreaterThan(30);
    expect(ok + injected + failed).toBe(sent);
    for (const part of [ok, injected, failed]) expect(Math.abs(part - sent / 3)).toBeLessThanOrEqual(1);
    expect(examples[0]).toContain('something else');
  });

  it('asks on when answers are slow, and counts their time from when they were due', async () => {
    respond = () => [200, '{}'];
    waitMs = 200;
    const running = load(300);
    await pause(500);
    const { sent, p50 } = await running.stop();
    expect(sent).toBeGreaterThan(75);
    expect(p50).toBeGreaterThanOrEqual(195);
  });
});

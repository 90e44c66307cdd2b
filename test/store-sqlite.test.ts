import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import { MIGRATIONS } from '../src/store/schema.ts';
import { openSqliteStore, verifyChain, type EventDraft, type Store } from '../src/store/index.ts';
import { describeStore } from './conformance/store.ts';

describeStore('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-store-'));
  const file = join(folder, 'deep', 'er', 'state.db');
  return {
    open: () => openSqliteStore({ file, clock: systemClock }),
    destroy: () => rm(folder, { recursive: true, force: true }),
  };
});

const draft: EventDraft = { kind: 'test', v: 1, body: {} };

describe('a SQLite state file', () => {
  let folder: string;
  let file: string;
  const opened: Store[] = [];
  const open = async (more: { readOnly?: boolean; busyTimeoutMs?: number } = {}): Promise<Store> => {
    const store = await openSqliteStore({ file, clock: systemClock, ...more });
    opened.push(store);
    return store;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cutover-sqlite-'));
    file = join(folder, 'state.db');
  });

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is not made by reading, and a reader is told so', async () => {
    await expect(open({ readOnly: true })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await open();
    const reader = await open({ readOnly: true });
    expect(await reader.read('m/a')).toEqual([]);
    await expect(reader.append('m/a', 0, [draft])).rejects.toMatchObject({ code: 'STORE_READ_ONLY' });
  });

  it('that another process holds is waited for without stalling, then named', async () => {
    const store = await open({ busyTimeoutMs: 400 });
    const locker = new DatabaseSync(file);
    locker.exec('begin immediate');
    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 5);
    await expect(store.append('m/a', 0, [draft])).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(5);
    setTimeout(() => locker.exec('commit'), 100);
    await store.append('m/a', 0, [draft]);
    locker.close();
  });

  it('that is no SQLite file, or a broken one, is named', async () => {
    writeFileSync(file, 'this is not a database, it only looks like one to an optimist');
    await expect(open()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    rmSync(file);
    const store = await open();
    for (let seq = 0; seq < 200; seq += 1) await store.append('m/a', seq, [draft]);
    await store.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4_096);
    writeFileSync(file, bytes);
    const broken = await open();
    await expect(broken.read('m/a')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  it('of a much newer version is refused, of a foreign program too', async () => {
    await (await open()).close();
    const database = new DatabaseSync(file);
    database.exec('pragma user_version = 4');
    await (await open()).close();
    database.exec('pragma user_version = 5');
    await expect(open()).rejects.toMatchObject({ code: 'STORE_VERSION', message: /format 5/ });
    database.exec('pragma user_version = 0');
    await expect(open()).rejects.toMatchObject({ code: 'STORE_VERSION', message: /another program/ });
    database.close();
  });

  it('of the version before is read as it is, and brought up to date by the first who writes', async () => {
    const database = new DatabaseSync(file);
    database.exec(`${MIGRATIONS.slice(0, 2).join('')}; pragma user_version = 2; pragma journal_mode = wal`);
    const add = database.prepare(
      `insert into events values ('m/a', ?, 5, 'test', 1, '{}', '${'0'.repeat(64)}', ?)`,
    );
    add.run(1, 'h1');
    add.run(2, 'h2');
    const before = await open({ readOnly: true });
    const asked = { series: null, sizeMs: 60, from: 0, to: 100 };
    expect((await before.read('m/a')).map(({ hash }) => hash)).toEqual(['h1', 'h2']);
    expect(await before.historyMark('m/a')).toBeUndefined();
    expect(await before.history('m/a', asked)).toEqual([]);
    expect(await before.historySize('m/a')).toMatchObject({ records: 0 });
    const store = await open();
    const record = { series: 'a', sizeMs: 60, at: 60, body: 1 };
    const change = { telemetryId: 1, foldedTo: 120, add: [record] };
    expect(await store.changeHistory('m/a', undefined, change)).toBe(true);
    // Who has it open since before sees what came.
    expect(await before.history('m/a', asked)).toEqual([record]);
    // A process of the version before goes on writing to it, and a log of the one before that has its end.
    add.run(3, 'h3');
    expect(await before.head('m/a')).toEqual({ seq: 3, hash: 'h3' });
    database.close();
  });

  it('that was cut off is never taken for a new one', async () => {
    const store = await open();
    for (let seq = 0; seq < 20; seq += 1) await store.append('m/a', seq, [draft]);
    await store.close();
    const bytes = readFileSync(file);
    const cut = async (size: number, readOnly: boolean): Promise<void> => {
      writeFileSync(file, bytes.subarray(0, size));
      const opening = open({ readOnly }).then((one) => one.read('m/a'));
      await expect(opening, `${size} bytes`).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        hint: expect.stringContaining('cutover state restore'),
      });
      expect(readFileSync(file).length, `${size} bytes are kept`).toBe(size);
    };
    for (const size of [1, 100, 511, 512, 4_096, bytes.length - 4_096]) {
      await cut(size, true);
      await cut(size, false);
    }
    await cut(0, true);
    // A journal beside an empty file is what is left of one that was not empty.
    writeFileSync(`${file}-wal`, 'what was not written back yet');
    await cut(0, false);
  });

  it('that may not be written is named, and can be read', async () => {
    const store = await open();
    await store.append('m/a', 0, [draft]);
    // Without a journal beside it: a reader that may not write could not make one.
    await store.close();
    chmodSync(folder, 0o555);
    chmodSync(file, 0o444);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'fixtures/store-read-only.ts'), file],
      { encoding: 'utf8' },
    );
    chmodSync(folder, 0o755);
    expect(stdout, stderr).toBe('{"refused":"STORE_READ_ONLY","events":1}\n');
  });

  it('that is deleted under a process is not made again behind everybody’s back; a new one is picked up', async () => {
    const store = await open();
    await store.append('m/a', 0, [draft]);
    copyFileSync(file, `${file}.copy`);
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
    await expect(store.append('m/a', 1, [draft])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.report('m/a', 'one', {})).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const fresh = await open();
    await fresh.append('m/a', 0, [draft, draft]);
    expect(await store.read('m/a')).toHaveLength(2);
  });

  it('that is deleted and made again is watched as before', async () => {
    let calls = 0;
    (await open()).watch(() => (calls += 1));
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
    const fresh = await open();
    await fresh.append('m/a', 0, [draft]);
    await expect.poll(() => calls, { timeout: 20_000 }).toBeGreaterThan(0);
    // Whatever it saw of the change of files is over: a commit is seen by itself.
    for (let before = -1; before !== calls;) {
      before = calls;
      await systemClock.sleep(1_500);
    }
    const before = calls;
    await fresh.append('m/a', 1, [draft]);
    await expect.poll(() => calls, { timeout: 20_000 }).toBeGreaterThan(before);
  });

  it('whose journal is gone is watched as calmly as any other', async () => {
    const store = await open();
    const stop = store.watch(() => {});
    await store.append('m/a', 0, [draft]);
    truncateSync(file, 0);
    // Another process takes it for a new one and removes the journal, under whoever still writes to that.
    const look = `const d = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(file)}, { readOnly: true });
      d.prepare('select 1 from sqlite_schema').get(); d.close()`;
    spawnSync(process.execPath, ['-e', look]);
    const large: EventDraft = { kind: 'test', v: 1, body: { text: 'x'.repeat(3_000) } };
    for (let seq = 1; seq < 400; seq += 1) await store.append('m/a', seq, [large]);
    // To open it makes a journal, fails, and removes that: once each such change was a look, and each look such changes.
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await systemClock.sleep(1_000);
    expect(timers()).toBeLessThan(before + 10);
    stop();
  });

  it('shows when an event was changed, moved or taken out', async () => {
    const store = await open();
    await store.append('m/a', 0, [{ kind: 'a', v: 1, body: { n: 1 } }, draft, draft]);
    const events = await store.read('m/a');
    expect(verifyChain(events)).toMatchObject({ ok: true });
    const changed = events.map((event) => (event.seq === 1 ? { ...event, body: { n: 2 } } : event));
    expect(verifyChain(changed)).toMatchObject({ ok: false, seq: 1 });
    expect(verifyChain(events.filter(({ seq }) => seq !== 2))).toMatchObject({ ok: false, seq: 3 });
    expect(verifyChain(events.slice(1))).toMatchObject({ ok: false, seq: 2 });
  });

  it('keeps every event of many processes, some of them killed in the middle', async () => {
    const writers = Array.from({ length: 6 }, (_, index) => writer(`w${index}`, 40));
    const victims = Array.from({ length: 4 }, async (_, index) => {
      const { child, done } = writer(`victim-${index}`, 10_000);
      await systemClock.sleep(400 + index * 150);
      child.kill('SIGKILL');
      return done;
    });
    const lasting = await Promise.all(writers.map(({ done }) => done));
    const killed = await Promise.all(victims);
    const events = await (await open()).read('m/a');
    expect(verifyChain(events)).toMatchObject({ ok: true });
    const by = (name: string): number => events.filter(({ body }) => Object(body).by === name).length;
    expect(lasting.map((_, index) => by(`w${index}`))).toEqual([40, 40, 40, 40, 40, 40]);
    // What a victim was told is written is there; one more may have been on its way.
    for (const [index, acknowledged] of killed.entries()) {
      expect(by(`victim-${index}`) - acknowledged).toBeGreaterThanOrEqual(0);
      expect(by(`victim-${index}`) - acknowledged).toBeLessThanOrEqual(1);
    }
  });

  /** A process that appends; `done` gives how many appends it was told of. */
  function writer(name: string, count: number): { child: ReturnType<typeof spawn>; done: Promise<number> } {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'fixtures/store-writer.ts'), file, name, String(count)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    return {
      child,
      done: new Promise((resolve) => child.once('close', () => resolve(output.split('\n').length - 1))),
    };
  }
});

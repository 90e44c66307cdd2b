import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import { HeapSnapshots, type HeapSnapshotLimits } from '../src/node/heap-snapshots.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-heap-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const of = (limits: Partial<HeapSnapshotLimits> = {}): HeapSnapshots =>
  new HeapSnapshots({ folder, most: 3, mostBytes: 1e9, ...limits }, systemClock);

/** The id of a process that is over. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('heap snapshots', () => {
  it('refuse one more than the folder may hold, before the process stands still', async () => {
    await writeFile(join(folder, 'a.heapsnapshot'), '{}');
    await writeFile(join(folder, 'b.heapsnapshot'), '{}');
    const refused = await of({ most: 2 }).take('7', 'i1');
    expect(refused).toEqual({
      id: '7',
      ok: false,
      problem: expect.stringMatching(/^2 of 2 snapshots are in /),
    });
    expect(await readdir(folder)).toEqual(['a.heapsnapshot', 'b.heapsnapshot']);
  });

  it('refuse a heap that is larger than what is left', async () => {
    await writeFile(join(folder, 'a.heapsnapshot'), 'x'.repeat(500));
    const refused = await of({ mostBytes: 1_000 }).take('7', 'i1');
    expect(refused).toMatchObject({
      ok: false,
      problem: expect.stringContaining('500 of 1000 bytes are used'),
    });
    expect(await readdir(folder)).toEqual(['a.heapsnapshot']);
  });

  it('leave nothing behind when they fail, and remove what a dead process left half written', async () => {
    const part = `old.heapsnapshot.${deadPid()}.part`;
    const other = `now.heapsnapshot.${process.ppid}.part`;
    await writeFile(join(folder, part), 'half');
    await writeFile(join(folder, other), 'half');
    const taken = await of().take('7', 'a/b i1');
    if (!taken.ok) throw new Error(taken.problem);
    expect(taken.path).toMatch(/a_b_i1\.7\.\d+\.heapsnapshot$/);
    // One that lives may still be writing.
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([other]);
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(await of({ folder: join(file, 'sub') }).take('8', 'i1')).toMatchObject({ id: '8', ok: false });
  });
});

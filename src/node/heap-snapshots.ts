import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeHeapSnapshot } from 'node:v8';
import { describeError, type Clock } from '../kernel/index.ts';
import type { CaptureAnswer } from '../route/index.ts';

const WHOLE = '.heapsnapshot';
const PART = '.part';
/** A snapshot is about as large as the heap that it shows; rarely more than twice that. */
const SIZE_OF_HEAP = 2;

/** What may be kept, and where. */
export type HeapSnapshotLimits = {
  readonly folder: string;
  /** Files in the folder; one more is refused, since nothing is thrown away by itself. */
  readonly most: number;
  /** Of all files in the folder together. */
  readonly mostBytes: number;
};

/**
 * Writes heap snapshots of this process. V8 has to stop the thread whose heap it shows, and a worker has another heap: so
 * the process stands still while it writes, straight into the file and without a copy in memory.
 * A name that ends in `.heapsnapshot` is whole; what a process left that died while it wrote is removed by the next one.
 */
export class HeapSnapshots {
  readonly #limits: HeapSnapshotLimits;
  readonly #clock: Clock;

  constructor(limits: HeapSnapshotLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Never rejects: what goes wrong is the answer. */
  async take(id: string, name: string): Promise<CaptureAnswer> {
    const path = join(
      this.#limits.folder,
      `${name}.${id}.${this.#clock.now()}`.replaceAll(/[^\w.-]/g, '_') + WHOLE,
    );
    const part = `${path}.${process.pid}${PART}`;
    try {
      return await this.#write(id, path, part);
    } catch (error) {
      await rm(part, { force: true }).catch(() => {});
      return { id, ok: false, problem: describeError(error) };
    }
  }

  async #write(id: string, path: string, part: string): Promise<CaptureAnswer> {
    const { folder, mostBytes } = this.#limits;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const kept = await this.#makeRoom();
    const began = this.#clock.monotonic();
    writeHeapSnapshot(part);
    const stalledMs = Math.round(this.#clock.monotonic() - began);
    // It holds what users entrusted to the application.
    await chmod(part, 0o600);
    const bytes = (await stat(part)).size;
    if (kept + bytes > mostBytes)
      throw new Error(`${bytes} bytes are more than the ${mostBytes - kept} left`);
    const sha256 = await hashOf(part);
    await rename(part, path);
    return { id, ok: true, path, bytes, sha256, stalledMs };
  }

  /** Refuses before the process stands still, not after. @returns bytes of what is kept already */
  async #makeRoom(): Promise<number> {
    const { folder, most, mostBytes } = this.#limits;
    const names = await readdir(folder);
    const parts = names.filter((name) => name.endsWith(PART) && !isAlive(name));
    for (const name of parts) await rm(join(folder, name), { force: true });
    const whole = names.filter((name) => name.endsWith(WHOLE));
    if (whole.length >= most)
      throw new Error(`${whole.length} of ${most} snapshots are in ${folder}: move one away`);
    const sizes = await Promise.all(whole.map(async (name) => (await stat(join(folder, name))).size));
    const kept = sizes.reduce((sum, size) => sum + size, 0);
    const heap = process.memoryUsage().heapUsed;
    if (kept + heap > mostBytes)
      throw new Error(
        `a heap of ${heap} bytes does not fit: ${kept} of ${mostBytes} bytes are used in ${folder}`,
      );
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free < heap * SIZE_OF_HEAP)
      throw new Error(`${free} bytes are free in ${folder}, the heap has ${heap}`);
    return kept;
  }
}

/** Whether the process that writes this part is still there. */
function isAlive(name: string): boolean {
  const pid = Number(/\.(\d+)\.part$/.exec(basename(name))?.[1]);
  if (!Number.isInteger(pid) || pid === process.pid) return pid === process.pid;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

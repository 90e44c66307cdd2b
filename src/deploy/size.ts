import { createReadStream } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { deadline, describeError, systemClock } from '../kernel/index.ts';
import type { SizeStep } from '../plan/index.ts';
import type { StepOutcome } from './outcome.ts';

/** Sums up files, each compressed on its own as a server would send it, and compares with the limit. */
export async function measureSize(
  step: SizeStep,
  { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<StepOutcome> {
  const late = deadline(systemClock, step.timeoutMs);
  const stop = AbortSignal.any([signal, late.signal]);
  try {
    const sizes = new Map<string, number>();
    for (const pattern of step.files) {
      const files = await matching(pattern, cwd);
      // A bundle that was not built is not a small one.
      if (files.length === 0) return { ok: false, output: `no file matches ${pattern}` };
      for (const file of files)
        if (!sizes.has(file)) sizes.set(file, await sizeOf(join(cwd, file), step.gzip, stop));
    }
    return verdict(step, sizes);
  } catch (error) {
    return { ok: false, output: `${step.files.join(', ')}: ${describeError(error)}` };
  } finally {
    late.end();
  }
}

const MOST_NAMED = 3;

function verdict({ maxBytes, gzip }: SizeStep, sizes: ReadonlyMap<string, number>): StepOutcome {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const ok = total <= maxBytes;
  const largest = [...sizes].toSorted(([, a], [, b]) => b - a).slice(0, MOST_NAMED);
  const named = largest.map(([file, size]) => `${file} ${size}`).join(', ');
  const what = `${total} bytes${gzip ? ' compressed' : ''} in ${sizes.size} ${sizes.size === 1 ? 'file' : 'files'}`;
  return { ok, output: `${what}, limit ${maxBytes}${ok ? '' : `; the largest: ${named}`}` };
}

async function matching(pattern: string, cwd: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const name of glob(pattern, { cwd })) {
    if ((await stat(join(cwd, name))).isFile()) files.push(name);
  }
  return files;
}

async function sizeOf(file: string, gzip: boolean, signal: AbortSignal): Promise<number> {
  if (!gzip) return (await stat(file)).size;
  let bytes = 0;
  const count = new Writable({
    write(chunk: Buffer, _, done) {
      bytes += chunk.length;
      done();
    },
  });
  await pipeline(createReadStream(file), createGzip({ level: 9 }), count, { signal });
  return bytes;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { whyNoPostgres } from '../../tools/postgres/server.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;
const EVERYTHING = ['user', 'customer', 'bike', 'item', 'repair', 'transaction'];

describe.skipIf(missing !== null)(
  `the rehearsal of plan 001${missing === null ? '' : `: ${missing}`}`,
  () => {
    it('takes one repository back alone, then everything, then goes through to the global flag', async () => {
      const temporary = await mkdtemp(join(tmpdir(), 'cutover-shop-test-'));
      await chmod(temporary, 0o755);
      const child = spawn(process.execPath, [join(import.meta.dirname, 'start.ts'), '--json'], {
        env: { ...process.env, TMPDIR: temporary },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number | null];
      const left = (await readdir(temporary)).filter((name) => name.startsWith('cutover-'));
      await rm(temporary, { recursive: true, force: true });

      const outcome = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Readonly<
        Record<string, unknown>
      >;
      const sides = (candidates: readonly string[]) =>
        Object.fromEntries(
          EVERYTHING.map((name) => [name, candidates.includes(name) ? 'candidate' : 'control']),
        );
      const three = (candidates: readonly string[]) =>
        Array.from({ length: 3 }, () => expect.objectContaining({ sides: sides(candidates) }));
      expect(outcome, stderr).toMatchObject({
        ok: true,
        pausedByGate: true,
        alone: { withinBudget: true, instances: three(['user', 'customer']) },
        whole: { withinBudget: true, instances: three([]) },
        completed: true,
        end: { instances: three(EVERYTHING) },
        endpoints: expect.arrayContaining(['GET /transactions/:id{\\d+}', 'POST /checkout', '(pages)']),
        pages: { failed: 0 },
        requests: { failedByTool: 0 },
      });
      // Each of them by a newer state than the one before: nobody answers from a cache.
      const epochs = ['alone', 'whole', 'end'].map((name) =>
        (outcome[name] as { instances: readonly { epoch: number }[] }).instances.map(({ epoch }) => epoch),
      );
      expect(Math.max(...(epochs[0] ?? []))).toBeLessThan(Math.min(...(epochs[1] ?? [])));
      expect(Math.max(...(epochs[1] ?? []))).toBeLessThan(Math.min(...(epochs[2] ?? [])));
      expect(code).toBe(0);
      expect(left).toEqual([]);
    }, 600_000);
  },
);

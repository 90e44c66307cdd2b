import { Worker } from 'node:worker_threads';
import type { Clock } from '../../kernel/index.ts';
import type { PlanNames } from './names.ts';

/** What the thread is told: `config` as it was typed, or null for the nearest one. */
export type Question = { readonly cwd: string; readonly config: string | null };

/** A person waits with a finger on the key. Together with the start of the process this stays below a second. */
const PATIENCE_MS = 600;

/**
 * The names of the plan, or null on any trouble. The configuration is a program: it is read in a thread of its own, so
 * that it can neither print into the shell, nor end this process, nor keep it waiting.
 */
export async function askPlan(question: Question, clock: Clock): Promise<PlanNames | null> {
  const isSource = import.meta.url.endsWith('.ts');
  const thread = new Worker(new URL(isSource ? './thread.ts' : './thread.js', import.meta.url), {
    workerData: question,
    stdout: true,
    stderr: true,
  });
  const done = new AbortController();
  try {
    return await Promise.race([
      new Promise<PlanNames | null>((resolve) => {
        thread.once('message', resolve);
        thread.once('error', () => resolve(null));
        thread.once('exit', () => resolve(null));
      }),
      clock.sleep(PATIENCE_MS, done.signal).then(() => null),
    ]);
  } finally {
    done.abort();
    void thread.terminate();
  }
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { systemClock } from '../src/kernel/index.ts';

/** For one answer of one process. A machine that is this slow measures nothing. Milliseconds. */
export const ANSWER_MS = 30_000;

/** A process of this folder, at work. */
export function launch(script: string, ...args: readonly string[]): ChildProcess {
  return fork(join(import.meta.dirname, script), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** A process of this folder that said that it is ready. */
export async function start(script: string, ...args: readonly string[]): Promise<ChildProcess> {
  const child = launch(script, ...args);
  try {
    await answerOf(child);
    return child;
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** The next message. A process that ends or stays silent is an error, not a wait for ever. */
export async function answerOf(child: ChildProcess, withinMs = ANSWER_MS): Promise<unknown> {
  const done = new AbortController();
  const { signal } = done;
  try {
    const [answer]: unknown[] = await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(
          `a process of the benchmark ended with ${String(code)}: ${child.spawnargs.join(' ')}`,
        );
      }),
      systemClock.sleep(withinMs, signal).then(() => {
        throw new Error(`a process of the benchmark said nothing for ${withinMs} ms`);
      }),
    ]);
    return answer;
  } finally {
    done.abort();
  }
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { deadline, describeError, systemClock } from '../../kernel/index.ts';

/** What a process says is not kept beyond this, characters. */
const MOST_OUTPUT = 1_000_000;

const ENDING = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

/** How a process ended that was asked something. */
export type Asked =
  | { readonly kind: 'answered'; readonly output: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'stopped'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Asks a program of this folder in a process of its own: SQLite can neither be interrupted nor share a thread with the
 * controller's lease.
 */
export function askProcess(
  program: string,
  args: readonly string[],
  options: { readonly input: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Asked> {
  const { input, timeoutMs, signal } = options;
  const late = deadline(systemClock, timeoutMs);
  const stop = AbortSignal.any([signal, late.signal]);
  return new Promise((resolve) => {
    const path = fileURLToPath(new URL(`./${program}${ENDING}`, import.meta.url));
    const child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    let [output, trouble] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output = kept(output + text)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (trouble = kept(trouble + text)));
    // One that ended before it read all of it says so by how it ended.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    // Nothing is written, so there is nothing to end in good order.
    const end = (): void => void child.kill('SIGKILL');
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();
    const done = (asked: Asked): void => {
      stop.removeEventListener('abort', end);
      late.end();
      resolve(asked);
    };
    child.once('error', (error) => done({ kind: 'failed', why: `could not be started: ${error.message}` }));
    child.once('close', (code, by) => {
      if (signal.aborted) done({ kind: 'stopped', why: describeError(signal.reason) });
      else if (late.signal.aborted) done({ kind: 'late' });
      else if (code === 0) done({ kind: 'answered', output });
      else done({ kind: 'failed', why: `ended with ${by ?? `exit ${code}`} ${trouble}`.trim() });
    });
  });
}

function kept(text: string): string {
  return text.slice(0, MOST_OUTPUT);
}

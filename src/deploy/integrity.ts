import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Clock, describeError } from '../kernel/index.ts';
import type { DatabaseCheck, DatabaseFile } from '../plan/index.ts';

/** Above it, `auto` leaves out whether indexes fit their tables: that takes several times as long. Bytes. */
const QUICK_ABOVE_BYTES = 256 * 2 ** 20;
/** A check that takes longer has found out nothing, milliseconds. */
const LONGEST_CHECK_MS = 600_000;
/** More findings are told by their number: a damaged file has thousands. */
const MOST_FINDINGS = 10;
/** What a process says besides its answer is not kept beyond this, characters. */
const MOST_OUTPUT = 100_000;

const ENDING = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
const PROGRAM = fileURLToPath(new URL(`./integrity-process${ENDING}`, import.meta.url));

type Pragma = DatabaseCheck['check'];

/**
 * SQLite's own check of a file and of its foreign keys, read-only. In a process of its own: a big file takes minutes, and a
 * check cannot be interrupted otherwise. A file that cannot be read is a finding like any other.
 */
export async function checkDatabase(
  database: string,
  file: string,
  { check, foreignKeys }: Pick<DatabaseFile, 'check' | 'foreignKeys'>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<readonly DatabaseCheck[]> {
  const whole: Pragma = isQuick(file, check) ? 'quick_check' : 'integrity_check';
  const checks: DatabaseCheck[] = [];
  for (const pragma of foreignKeys ? [whole, 'foreign_key_check' as const] : [whole]) {
    const began = clock.monotonic();
    const findings = await ask(file, pragma, signal);
    checks.push({ database, check: pragma, findings, tookMs: Math.round(clock.monotonic() - began) });
    // What is broken has no foreign keys to speak of.
    if (findings.length > 0) break;
  }
  return checks;
}

function isQuick(file: string, check: DatabaseFile['check']): boolean {
  if (check !== 'auto') return check === 'quick';
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > QUICK_ABOVE_BYTES;
}

function ask(file: string, pragma: Pragma, signal: AbortSignal): Promise<readonly string[]> {
  const timeout = AbortSignal.timeout(LONGEST_CHECK_MS);
  const stop = AbortSignal.any([signal, timeout]);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, file, pragma, String(MOST_FINDINGS)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let trouble = '';
    child.stdout.on(
      'data',
      (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(0, MOST_OUTPUT)),
    );
    child.stderr.on(
      'data',
      (chunk: Buffer) => (trouble = (trouble + chunk.toString('utf8')).slice(0, MOST_OUTPUT)),
    );
    // Nothing is written, so there is nothing to end in good order.
    const end = (): void => void child.kill('SIGKILL');
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();
    child.once('error', (error) => resolve([`the check could not be started: ${error.message}`]));
    child.once('close', (code, by) => {
      stop.removeEventListener('abort', end);
      if (signal.aborted) resolve([`not checked: ${describeError(signal.reason)}`]);
      else if (timeout.aborted) resolve([`not checked within ${LONGEST_CHECK_MS / 60_000} minutes`]);
      else
        resolve(
          code === 0
            ? findingsIn(output)
            : [`the check ended with ${by ?? `exit ${code}`} ${trouble}`.trim()],
        );
    });
  });
}

function findingsIn(output: string): readonly string[] {
  const found: unknown = JSON.parse(output);
  return Array.isArray(found) ? found.map(String) : ['the check said nothing'];
}

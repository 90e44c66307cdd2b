import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { deadline, systemClock } from '../kernel/index.ts';
import type { CommandStep } from '../plan/index.ts';
import { checkNumbers, lastJson } from './numbers.ts';
import type { StepOutcome } from './outcome.ts';

/** More than is kept in the end, so that a secret at its beginning is whole when it is looked for. Characters. */
const READ_OUTPUT = 8_000;
/** Of what is read for its numbers. */
const KEPT_JSON = 1_000_000;
/** Between the request to stop and the kill, milliseconds. */
const GRACE_MS = 2_000;

/**
 * Runs a command from an argument array, without a shell. It gets `CUTOVER_STEP_KEY` and `CUTOVER_STEP_ATTEMPT` in
 * its environment. Its whole process group is stopped on abort and on time-out, first gently.
 */
export function runCommand(
  step: CommandStep,
  context: {
    readonly key: string;
    readonly attempt: number;
    readonly cwd: string;
    readonly signal: AbortSignal;
  },
): Promise<StepOutcome> {
  const [program, ...args] = step.run;
  if (program === undefined) return Promise.resolve({ ok: false, output: 'no program given' });
  const { key, attempt, cwd, signal } = context;
  const late = deadline(systemClock, step.timeoutMs);
  const stop = AbortSignal.any([signal, late.signal]);
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, CUTOVER_STEP_KEY: key, CUTOVER_STEP_ATTEMPT: String(attempt) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      shell: false,
    });
    let output = '';
    let printed = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      // Cut off between words: the rest of a secret is not known as one.
      if (output.length > READ_OUTPUT) output = output.slice(-READ_OUTPUT).replace(/^\S{0,200}/, '');
    };
    child.stdout.on('data', (chunk: Buffer) => {
      keep(chunk);
      if (step.expect.length > 0) printed = (printed + chunk.toString('utf8')).slice(-KEPT_JSON);
    });
    child.stderr.on('data', keep);
    const onStop = (): void => endGroup(child.pid);
    stop.addEventListener('abort', onStop, { once: true });
    if (stop.aborted) onStop();
    child.once('error', (error) => {
      late.end();
      stop.removeEventListener('abort', onStop);
      resolve({ ok: false, output: `${program}: ${error.message}` });
    });
    child.once('close', (code, by) => {
      late.end();
      stop.removeEventListener('abort', onStop);
      // Colours are for a terminal, not for a log.
      const said = stripVTControlCharacters(output);
      if (stop.aborted)
        resolve({ ok: false, output: `${said}\n${whyStopped(signal, step.timeoutMs)}`.trim() });
      else if (code !== 0) resolve({ ok: false, output: `${said}\nexit ${code ?? by}`.trim() });
      else if (step.expect.length > 0) resolve(checkNumbers(step.expect, lastJson(printed)));
      else resolve({ ok: true, output: said });
    });
  });
}

function whyStopped(signal: AbortSignal, timeoutMs: number): string {
  return signal.aborted
    ? `stopped: ${String(signal.reason?.message ?? 'aborted')}`
    : `timed out after ${timeoutMs}ms`;
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  killGroup(pid, 'SIGTERM');
  const late = AbortSignal.timeout(GRACE_MS);
  late.addEventListener('abort', () => killGroup(pid, 'SIGKILL'), { once: true });
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

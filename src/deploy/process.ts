import { spawn } from 'node:child_process';
import { deadline, systemClock } from '../kernel/index.ts';
import type { CommandStep } from '../plan/index.ts';
import { checkNumbers, lastJson } from './numbers.ts';
import type { StepOutcome } from './outcome.ts';

/** The end of a command's output is what says why it failed; this much of it is kept, in characters. */
const KEPT_OUTPUT = 4_000;
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
      output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
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
      if (stop.aborted)
        resolve({ ok: false, output: `${output}\n${whyStopped(signal, step.timeoutMs)}`.trim() });
      else if (code !== 0) resolve({ ok: false, output: `${output}\nexit ${code ?? by}`.trim() });
      else if (step.expect.length > 0) resolve(checkNumbers(step.expect, lastJson(printed)));
      else resolve({ ok: true, output });
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

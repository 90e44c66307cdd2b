import { CutoverError, inPlainLines, systemClock, systemRandom } from '../kernel/index.ts';
import type { Context } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { errorDocument, exitCodeFor, renderError } from './failure.ts';
import { isDryRun } from './dry-run.ts';
import { isOn } from './given.ts';
import { processIo } from './io.ts';
import { paintFor } from './paint.ts';
import { isReadOnly } from './read-only.ts';
import { parseCommandLine } from './program.ts';
import { jsonLine, terminalText } from './terminal-text.ts';
import { versionOf } from './version.ts';

const { env, stderr, stdout } = process;

/** Runs one command line to its end. Everything that a command throws ends here, as one error. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  try {
    const about = { version: versionOf(), width: stdout.isTTY ? stdout.columns : 80 };
    const parsed = await parseCommandLine(COMMANDS, argv, about);
    if (parsed.kind === 'print') {
      stdout.write(parsed.text);
      return EXIT.ok;
    }
    const { command, given } = parsed;
    if (command.mutates && !isDryRun(given) && isReadOnly({ given, env })) {
      throw new CutoverError(
        'READ_ONLY',
        `cutover ${command.name} changes something, and this is read-only`,
        {
          hint: 'leave out --read-only, or unset CUTOVER_READ_ONLY',
        },
      );
    }
    const signal = interruption();
    const context: Context = {
      given,
      io: processIo(isOn(given, 'json'), signal),
      clock: systemClock,
      random: systemRandom,
      env,
      cwd: process.cwd(),
      signal,
    };
    return await orInterrupted(signal, () => command.run(context));
  } catch (error) {
    const paint = paintFor(stderr);
    const text = argv.includes('--json')
      ? jsonLine(errorDocument(error))
      : terminalText(renderError(error, paint, argv.includes('--debug')), paint);
    stderr.write(`${text}\n`);
    return exitCodeFor(error);
  }
}

/** What a person interrupts ends with 130, whichever wait noticed it first. */
async function orInterrupted(signal: AbortSignal, run: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted && !(error instanceof CutoverError)) return EXIT.interrupted;
    throw error;
  }
}

/** The first Ctrl-C asks for an orderly end, the second one does not wait for it. */
function interruption(): AbortSignal {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (abort.signal.aborted) process.exit(EXIT.interrupted);
      abort.abort(new Error('interrupted'));
    });
  }
  return abort.signal;
}

/** Node's notes about its own features (SQLite, type stripping) are not for the person who runs a rollout. */
function hideNodeNotes(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    const isNote =
      warning.name === 'ExperimentalWarning' ||
      ('code' in warning && warning.code === 'MODULE_TYPELESS_PACKAGE_JSON');
    if (!isNote) stderr.write(`${inPlainLines(`${warning.name}: ${warning.message}`)}\n`);
  });
}

/** Resolves when what was written has left the process; a pipe takes it later than a terminal. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

/** Runs a command line and ends the process with its code. */
export async function runProcess(argv: readonly string[]): Promise<never> {
  // A reader that went away (`| head`) is no failure; there is just nobody left to tell.
  stdout.on('error', () => process.exit(EXIT.ok));
  hideNodeNotes();
  const code = await main(argv);
  await Promise.all([flushed(stdout), flushed(stderr)]);
  // A configuration may have left timers or sockets running: nothing is waited for.
  process.exit(code);
}

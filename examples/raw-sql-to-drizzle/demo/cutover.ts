import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const PROGRAM = join(ROOT, 'dist/cli/main.js');

export type Ended = { readonly code: number; readonly document: unknown };

/** The command line as a user has it: a process of its own. `onLine` gets what it says meanwhile. */
export class CommandLine {
  readonly #env: Readonly<Record<string, string>>;
  readonly #onLine: (line: string) => void;
  readonly #folder: string;
  readonly #running = new Set<ReturnType<typeof spawn>>();

  /** @param folder of the configuration */
  constructor(
    env: Readonly<Record<string, string>>,
    onLine: (line: string) => void,
    folder = join(import.meta.dirname, '..'),
  ) {
    this.#folder = folder;
    this.#env = env;
    this.#onLine = onLine;
  }

  /** Runs a command with `--json` to its end. */
  run(...args: readonly string[]): Promise<Ended> {
    const child = spawn(process.execPath, [PROGRAM, ...args, '--json'], {
      cwd: this.#folder,
      env: { ...process.env, ...this.#env, NO_COLOR: '1', CUTOVER_ACTOR: 'demo' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    let out = '';
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#onLine(line);
    });
    return new Promise((resolve) => {
      child.once('close', (code) => {
        this.#running.delete(child);
        resolve({ code: code ?? 1, document: out.trim() === '' ? null : JSON.parse(out) });
      });
    });
  }

  /** Ends what still runs; a run stays resumable. */
  stop(): void {
    for (const child of this.#running) child.kill('SIGINT');
  }
}

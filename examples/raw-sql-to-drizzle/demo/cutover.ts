import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const PROGRAM = join(ROOT, 'dist/cli/main.js');

export type Ended = { readonly code: number; readonly document: unknown };

/** The command line as a user has it: a process of its own. `onLine` gets what it says meanwhile. */
export class CommandLine {
  readonly #env: Readonly<Record<string, string>>;
  readonly #onLine: (line: string) => void;
  readonly #folder: string;
  readonly #running = new Set<ChildProcess>();

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
    const child = this.#start(args, this.#onLine);
    let out = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
    return new Promise((resolve) => {
      child.once('close', (code) => {
        resolve({ code: code ?? 1, document: out.trim() === '' ? null : JSON.parse(out) });
      });
    });
  }

  /**
   * Starts the server of the pages, until `stop`.
   *
   * @param onLink gets a link that works once, and another one when that was used
   */
  async serve(store: string, onLink: (link: string) => void): Promise<void> {
    const child = this.#start(['serve', '--store', store], (line) => {
      const [, another] = /another one: (http\S+)/.exec(line) ?? [];
      if (another !== undefined) onLink(another);
    });
    const { stdout } = child;
    if (stdout === null) throw new Error('the server has no output');
    const [said] = (await Promise.race([
      once(stdout, 'data'),
      once(child, 'close').then(() => Promise.reject(new Error('the server ended before it served'))),
    ])) as [Buffer];
    onLink((JSON.parse(said.toString('utf8')) as { readonly link: string }).link);
  }

  #start(args: readonly string[], onLine: (line: string) => void): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM, ...args, '--json'], {
      cwd: this.#folder,
      env: { ...process.env, ...this.#env, NO_COLOR: '1', CUTOVER_ACTOR: 'demo' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    let rest = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    child.once('close', () => this.#running.delete(child));
    return child;
  }

  /** Ends what still runs; a run stays resumable. */
  async stop(): Promise<void> {
    const ended = [...this.#running].map((child) => once(child, 'close'));
    for (const child of this.#running) child.kill('SIGINT');
    await Promise.all(ended);
  }
}

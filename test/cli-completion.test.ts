import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { completionTable } from '../src/cli/completion/table.ts';

const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js');
const SHELLS = ['bash', 'zsh', 'fish'] as const;

const PLAN = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  flag: { name: 'USE_SWAP', aliases: ['use-swap'] },
  repositories: { user: { flag: 'swap_user' }, bike: {} },
  environments: { staging: {}, production: { protected: true } },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Error rate', metric: 'errors', red: '0.5%' }],
  phases: [{ id: 'first', environment: 'staging', steps: [{ kind: 'gate', gate: 'matrix' }] }],
  rollback: { budget: '10s' },
};
const ENVIRONMENTS = ['staging', 'production'];
const FLAGS = ['USE_SWAP', 'use-swap', 'swap_user', 'swap_bike'];

let folder: string;
let bin: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-completion-'));
  bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'cutover'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  chmodSync(join(bin, 'cutover'), 0o755);
  for (const shell of SHELLS) {
    const { stdout, status } = spawnSync(process.execPath, [PROGRAM, 'completion', shell], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    writeFileSync(join(folder, shell), stdout);
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(() => config(`export default ${JSON.stringify(PLAN)};`));

function config(text: string, name = 'cutover.config.ts'): void {
  writeFileSync(join(folder, name), text);
}

type Ended = { readonly status: number | null; readonly out: readonly string[]; readonly err: string };

/** Runs a shell where `cutover` is on the PATH, or, not `found`, where it is not. */
function sh(shell: string, args: readonly string[], { found = true } = {}): Ended {
  const { PATH = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(shell, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: found ? `${bin}${delimiter}${PATH}` : PATH, HOME: folder },
  });
  return { status, out: stdout.split('\n').filter((line) => line !== ''), err: stderr };
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** What real bash has in COMPREPLY for these words; the last one is the one under the cursor. */
function bash(words: readonly string[], { before = '', found = true } = {}): Ended {
  const line = ['cutover', ...words].map(quoted).join(' ');
  return sh(
    'bash',
    [
      '--norc',
      '-c',
      `${before}\nsource ./bash\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}
_cutover cutover ${quoted(words.at(-1) ?? '')}
for one in "\${COMPREPLY[@]}"; do printf '%s\\n' "$one"; done`,
    ],
    { found },
  );
}

/** A name that comes too late is not offered, and a busy machine is late: a person would press the key again. */
function patiently(ask: () => Ended): Ended {
  let ended = ask();
  for (let more = 10; more > 0 && ended.status === 0 && ended.out.length === 0; more -= 1) ended = ask();
  return ended;
}

const named = (words: readonly string[], options = {}): Ended => patiently(() => bash(words, options));

const NOTHING: Ended = { status: 0, out: [], err: '' };
const offered = (out: readonly string[]): Ended => ({ status: 0, out, err: '' });

describe('cutover completion', () => {
  it('refuses a shell that it does not know', () => {
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'completion', 'fihs'], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('did you mean "fish"?');
  });

  it('has the script in a document with --json', () => {
    const { stdout } = spawnSync(process.execPath, [PROGRAM, 'completion', 'bash', '--json'], {
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'cutover.completion/1', shell: 'bash' });
  });

  it('is in help, and what it calls is not', () => {
    const { stdout } = spawnSync(process.execPath, [PROGRAM, '--help'], { encoding: 'utf8' });
    expect(stdout).toMatch(/^ {2}completion /m);
    expect(stdout).not.toMatch(/^ {2}complete /m);
  });
});

describe('in bash', () => {
  it('is registered, and readable line by line', () => {
    expect(sh('bash', ['--norc', '-c', 'source ./bash && complete -p cutover'])).toEqual(
      offered(['complete -F _cutover cutover']),
    );
    expect(sh('bash', ['-n', 'bash'])).toEqual(NOTHING);
  });

  it('offers commands, and what stands behind a group', () => {
    const first = completionTable(COMMANDS)
      .find(({ path }) => path === '')
      ?.words.map(({ word }) => word);
    expect(bash([''])).toEqual(offered(first ?? []));
    expect(bash(['roll'])).toEqual(offered(['rollback']));
    expect(bash(['flag', ''])).toEqual(offered(['list', 'set', 'history', 'clear-cache']));
    expect(bash(['--environment', 'staging', 'flag', 'hi'])).toEqual(offered(['history']));
    expect(bash(['log', ''])).toEqual(offered(['verify']));
  });

  it('offers every option of every command', () => {
    const table = completionTable(COMMANDS);
    const all = table
      .map(({ path }) => {
        const words = ['cutover', ...path.split(' ').filter((word) => word !== ''), '--'];
        return `COMP_WORDS=(${words.map(quoted).join(' ')}); COMP_CWORD=${words.length - 1}; _cutover; echo "\${COMPREPLY[*]}"`;
      })
      .join('\n');
    expect(sh('bash', ['--norc', '-c', `source ./bash\n${all}`])).toEqual(
      offered(table.map(({ options }) => options.map(({ word }) => word).join(' '))),
    );
  });

  it('offers the names of the plan, wherever one is expected', () => {
    expect(named(['status', '--environment', ''])).toEqual(offered(ENVIRONMENTS));
    expect(named(['status', '--environment', 'p'])).toEqual(offered(['production']));
    expect(named(['kill', '--repository', ''])).toEqual(offered(['user', 'bike']));
    expect(named(['flag', 'set', ''])).toEqual(offered(FLAGS));
    expect(named(['flag', '--reason', 'a b', 'set', 'swap'])).toEqual(offered(['swap_user', 'swap_bike']));
    expect(bash(['completion', ''])).toEqual(offered(['bash', 'zsh', 'fish']));
  });

  it('offers no names where another word is expected', () => {
    expect(bash(['flag', 'set', 'USE_SWAP', ''])).toEqual(NOTHING);
    expect(bash(['run', '--reason', ''])).toEqual(NOTHING);
    expect(bash(['which', '--key', '--'])).toEqual(NOTHING);
    expect(bash(['nonsense', 'more', 'xyz'])).toEqual(NOTHING);
  });

  it('reads an option and its value in one word, as readline takes it apart or not', () => {
    expect(named(['status', '--environment', '='])).toEqual(offered(ENVIRONMENTS));
    expect(named(['status', '--environment', '=', 'st'])).toEqual(offered(['staging']));
    expect(named(['status', '--environment=st'])).toEqual(offered(['--environment=staging']));
    expect(bash(['status', '--environment=staging', 'x'])).toEqual(NOTHING);
    expect(bash(['status', '--watch='])).toEqual(NOTHING);
  });

  it('asks the plan that --config names', () => {
    config(
      `export default ${JSON.stringify({ ...PLAN, environments: { staging: {}, lab: {} } })};`,
      'other.config.ts',
    );
    const lab = offered(['staging', 'lab']);
    expect(named(['status', '--config', 'other.config.ts', '--environment', ''])).toEqual(lab);
    expect(named(['status', '--config', '=', '~/other.config.ts', '--environment', ''])).toEqual(lab);
    expect(bash(['status', '--config', 'missing.ts', '--environment', ''])).toEqual(NOTHING);
  });

  it('leaves files to readline', () => {
    const before = 'compopt() { echo "compopt $*"; }';
    expect(bash(['status', '--config', ''], { before })).toEqual(offered(['compopt -o default']));
    expect(bash(['status', '--config', ''])).toEqual(NOTHING);
  });

  it('works under the strictest options', () => {
    const before = 'set -euo pipefail; shopt -s nullglob failglob 2>/dev/null; IFS=x';
    expect(named(['flag', 'set', ''], { before })).toEqual(offered(FLAGS));
    expect(bash([''], { before }).err).toBe('');
  });

  it('offers nothing, silently, when there is no cutover any more', () => {
    expect(bash(['flag', 'set', ''], { found: false })).toEqual(NOTHING);
  });

  it.each([
    ['is broken', 'export default {'],
    ['breaks the rules of a plan', 'export default { id: 1 };'],
    ['throws', "throw new Error('no')"],
    [
      'throws after a while',
      "setTimeout(() => { throw new Error('no') }, 5); await new Promise(() => setTimeout(() => {}, 1e6));",
    ],
    ['ends the process', 'process.exit(3)'],
    ['waits for ever', 'await new Promise(() => setInterval(() => {}, 1e6)); export default {}'],
    ['computes for ever', 'for (;;);'],
  ])('offers nothing, silently, when the configuration %s', (_, text) => {
    config(text);
    expect(bash(['status', '--environment', ''])).toEqual(NOTHING);
  });

  it('offers only names when the configuration prints', () => {
    config(
      `console.log('out'); console.error('err'); process.stdout.write('raw\\n');\nexport default ${JSON.stringify(PLAN)};`,
    );
    expect(named(['status', '--environment', ''])).toEqual(offered(ENVIRONMENTS));
  });
});

/** Skips where a shell is not installed, and says so. */
function needs(shell: string, context: TestContext): void {
  if (spawnSync(shell, ['--version']).error === undefined) return;
  console.warn(`skipped: ${shell} is not installed here`);
  context.skip(`${shell} is not installed here`);
}

describe('in zsh', () => {
  /** The functions of its completion system are replaced by ones that print what they are told. */
  function zsh(words: readonly string[], { found = true } = {}): Ended {
    const line = ['cutover', ...words].map(quoted).join(' ');
    const script = `
_describe() { local -a list; list=("\${(@P)@[-1]}"); print -rl -- "\${(@)list%%:*}" }
compadd() { print -rl -- "\${(@P)@[-1]}" }
compset() { PREFIX=\${PREFIX#*=} }
_files() { print files }
compdef() { print "compdef $*" }
source ./zsh
words=(${line}); CURRENT=${words.length + 1}; PREFIX=${quoted(words.at(-1) ?? '')}
_cutover`;
    const { out, ...ended } = sh('zsh', ['-f', '-c', script], { found });
    return { ...ended, out: out.slice(1) };
  }
  const words = (...typed: readonly string[]): readonly string[] => patiently(() => zsh(typed)).out;

  it('is registered, and readable', (context) => {
    needs('zsh', context);
    expect(sh('zsh', ['-n', 'zsh'])).toEqual(NOTHING);
    expect(sh('zsh', ['-f', '-c', 'source ./zsh'])).toEqual(NOTHING);
    expect(
      sh('zsh', ['-f', '-c', 'autoload -U compinit; compinit -u -D; source ./zsh; print $_comps[cutover]']),
    ).toEqual(offered(['_cutover']));
  });

  it('offers commands, options and names', (context) => {
    needs('zsh', context);
    expect(words('')).toContain('rollback');
    expect(words('flag', '')).toEqual(['list', 'set', 'history', 'clear-cache']);
    expect(words('which', '--')).toContain('--explain');
    expect(words('status', '--environment', '')).toEqual(ENVIRONMENTS);
    expect(words('status', '--environment=')).toEqual(ENVIRONMENTS);
    expect(words('flag', 'set', '')).toEqual(FLAGS);
    expect(words('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(words('status', '--config', '')).toEqual(['files']);
  });

  it('offers nothing, silently, on any trouble', (context) => {
    needs('zsh', context);
    expect(zsh(['flag', 'set', ''], { found: false })).toMatchObject({ out: [], err: '' });
    config('for (;;);');
    expect(zsh(['flag', 'set', ''])).toMatchObject({ out: [], err: '' });
  });
});

describe('in fish', () => {
  const fish = (line: string, options = {}): Ended =>
    sh('fish', ['--no-config', '-c', `source ./fish; complete -C '${line}'`], options);
  const words = (line: string): readonly string[] =>
    patiently(() => fish(line)).out.map((one) => one.split('\t')[0] ?? '');

  it('offers commands, options and names', (context) => {
    needs('fish', context);
    expect(words('cutover ')).toContain('rollback');
    expect(words('cutover flag ').toSorted()).toEqual(['clear-cache', 'history', 'list', 'set']);
    expect(words('cutover which --')).toContain('--explain');
    expect(words('cutover status --environment ').toSorted()).toEqual(ENVIRONMENTS.toSorted());
    expect(words('cutover status --environment=st')).toEqual(['--environment=staging']);
    expect(words('cutover flag set ').toSorted()).toEqual(FLAGS.toSorted());
    expect(words('cutover completion ').toSorted()).toEqual(['bash', 'fish', 'zsh']);
    expect(words('cutover status --config o')).toContain('other.config.ts');
  });

  it('offers nothing, silently, on any trouble', (context) => {
    needs('fish', context);
    expect(fish('cutover flag set ', { found: false })).toEqual(NOTHING);
    config('for (;;);');
    expect(fish('cutover flag set ')).toEqual(NOTHING);
  });
});

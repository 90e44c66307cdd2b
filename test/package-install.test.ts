import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { missing, npmProgram, pack, RUNTIMES, type Runtime } from './fixtures/packed.ts';

/** What a newcomer adds to what `init` wrote: two implementations, and calls. */
const APPLICATION = `
import { createCutover } from 'cutover';
import { nodeSource } from 'cutover/node';
import plan from './cutover.config.ts';

const make = (name: string) => ({ find: async (id: string): Promise<string> => name + ' ' + id });
const cutover = createCutover(plan, { source: nodeSource(plan, { environment: 'staging', instance: 'one' }) });
const users = cutover.repository('user', { control: make('control'), candidate: make('candidate'), reads: ['find'] });
let calls = 0;
setInterval(() => {
  const key = 'user-' + (calls += 1);
  void cutover.pin({ key }, () => users.find(key));
}, 2);
console.log('serving on ' + process.versions.node);
`;

/** Installs, and starts npm for every command. Milliseconds. */
const TIMEOUT_MS = 180_000;

let folder: string;
let tarball: string;
let application: ChildProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-install-'));
  tarball = pack(folder);
});

afterEach(async () => {
  if (application === undefined || application.exitCode !== null) return;
  const gone = new Promise((resolve) => application?.once('exit', resolve));
  application.kill('SIGKILL');
  await gone;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(RUNTIMES)('installed from its tarball into an empty folder, on Node $name', (runtime) => {
  it(
    'runs npx cutover init and a first rollout to its end, and takes it back',
    async (context) => {
      const why = missing(runtime);
      if (why !== undefined) {
        // Where it has to be there, its absence is no excuse.
        if (process.env['CI'] === 'true') throw new Error(why);
        console.warn(`skipped: ${why}`);
        context.skip(why);
      }
      const project = await emptyProject(runtime);
      project.npm('npm-cli.js', 'init', '--yes');
      project.npm('npm-cli.js', 'pkg', 'set', 'type=module');
      project.npm('npm-cli.js', 'install', tarball, '--prefer-offline', '--no-audit', '--no-fund');
      expect(project.cutover('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);

      expect(project.cutover('init', '--id', 'first')).toContain('cutover.config.ts written');
      expect(project.cutover('plan', 'validate')).toContain('first');
      await project.serve(runtime);
      const ran = project.cutover('run', '--environment', 'staging', '--compress', '1h=1s');
      expect(ran).toContain('completed');
      const status = JSON.parse(project.cutover('status', '--environment', 'staging', '--json')) as unknown;
      expect(status).toMatchObject({
        state: 'completed',
        instances: [{ instance: 'one', liveness: 'live' }],
      });
      const back = project.cutover('rollback', '--environment', 'staging', '--reason', 'enough');
      expect(back).toContain('rolled back and verified');
      expect(project.cutover('log', 'verify', '--environment', 'staging')).toContain('✔');
    },
    TIMEOUT_MS,
  );
});

type Project = {
  npm(program: Parameters<typeof npmProgram>[0], ...args: readonly string[]): string;
  cutover(...args: readonly string[]): string;
  serve(runtime: Runtime): Promise<void>;
};

/** A folder with nothing in it, whose `node` is the given one. */
async function emptyProject({ name, program }: Runtime): Promise<Project> {
  const at = join(folder, `on-${name}`);
  await mkdir(at);
  const PATH = [dirname(program), process.env['PATH']].join(delimiter);
  // Nothing of the npm that runs the tests: its settings point into this repository.
  const own = Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key));
  const env = { ...Object.fromEntries(own), PATH, NO_COLOR: '1', CUTOVER_ACTOR: 'ana', INIT_CWD: at };
  const npm: Project['npm'] = (file, ...args) => {
    const { status, stdout, stderr } = spawnSync(program, [npmProgram(file), ...args], {
      cwd: at,
      env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
    return stdout;
  };
  return {
    npm,
    cutover: (...args) => npm('npx-cli.js', '--no-install', 'cutover', ...args),
    async serve() {
      await writeFile(join(at, 'app.ts'), APPLICATION);
      application = spawn(program, ['app.ts'], { cwd: at, env, stdio: ['ignore', 'pipe', 'inherit'] });
      const said = await new Promise<string>((resolve, reject) => {
        application?.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString()));
        application?.once('exit', (code) => reject(new Error(`the application ended with ${code}`)));
      });
      expect(said).toContain(`serving on ${name}`);
      expect(await readFile(join(at, 'package.json'), 'utf8')).toContain('"cutover:status"');
    },
  };
}

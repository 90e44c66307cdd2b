// Makes a clone ready and runs a script in it: `node scripts/setup.mjs [script] [arguments …]`.
//
// Needs Node 20 and npm, nothing else. Installs what the lock file says when that changed, builds when a source
// changed, and runs the script on a Node that is new enough, which the development dependencies bring along.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, 'node_modules');
const INSTALLED = join(MODULES, '.cutover-setup');
const BUILT = join(ROOT, 'dist', '.built');
const LOCK = join(ROOT, '.setup.lock');
const PRISMA = join(ROOT, 'examples', 'prisma-to-drizzle');
const GENERATED = join(PRISMA, 'app', 'prisma', 'generated');
const LEAST_NODE = [22, 18];

await withLock(() => {
  install();
  build();
  generate();
});
const [script, ...args] = process.argv.slice(2);
if (script?.includes('vitest') && !args.includes('unit')) installPrograms();
if (script !== undefined) process.exitCode = await run(script, args);

/** Two of these at once (`npm start` and `npm test`) would install over each other. */
async function withLock(work) {
  for (let told = false; ; told = true) {
    try {
      mkdirSync(LOCK);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (holderIsGone()) rmSync(LOCK, { recursive: true, force: true });
    else if (!told) console.error('setup: another one is at work here, waiting for it');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  try {
    writeFileSync(join(LOCK, 'pid'), String(process.pid));
    work();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function holderIsGone() {
  const file = join(LOCK, 'pid');
  try {
    // Between making the folder and writing the file a holder has no pid yet.
    if (!existsSync(file)) return Date.now() - statSync(LOCK).mtimeMs > 5_000;
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function install() {
  const lockFile = readFileSync(join(ROOT, 'package-lock.json'));
  const stamp = createHash('sha256')
    .update(lockFile)
    .update(`${process.platform} ${process.arch}`)
    .digest('hex');
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === stamp) return;
  console.error('setup: installing the development dependencies');
  const npm = npmCommand();
  const options = [
    'ci',
    '--engine-strict=false',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const { status, stdout, stderr, error } = spawnSync(npm[0], [...npm.slice(1), ...options], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) fail(`npm ci failed\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
  writeFileSync(INSTALLED, stamp);
}

/** Programs that some tests run, from Debian's packages of the same name. Who lacks one is told, and so is the test report. */
function installPrograms() {
  const missing = () =>
    ['zsh', 'fish', 'pgbouncer', 'prometheus'].filter((name) => spawnSync(name, ['--version']).status !== 0);
  if (missing().length === 0) return;
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    console.error(`setup: installing ${missing().join(', ')}`);
    const apt = (...rest) =>
      spawnSync('apt-get', ['-qq', '-y', ...rest], {
        // At this run level no package starts what it brings as a service.
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      });
    const install = () => apt('install', '--no-install-recommends', ...missing()).status === 0;
    if (!install() && apt('update').status === 0) install();
  }
  if (missing().length > 0) console.error(`setup: without ${missing().join(', ')}; their tests are skipped`);
}

/** npm's own program on this Node: `npm` on the path may be a script that needs a shell. */
function npmCommand() {
  const { npm_node_execpath: node = process.execPath, npm_execpath: cli } = process.env;
  if (cli !== undefined && cli.endsWith('.js')) return [node, cli];
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return existsSync(beside) ? [process.execPath, beside] : ['npm'];
}

function build() {
  const newest = Math.max(
    ...['src', 'dashboard', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((path) =>
      newestIn(join(ROOT, path)),
    ),
  );
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs > newest) return;
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  const tsc = join(MODULES, 'typescript', 'bin', 'tsc');
  const { status, stdout, stderr } = spawnSync(newNode(), [tsc, '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) fail(`the build failed\n${stdout}${stderr}`);
  buildPages();
  writeFileSync(BUILT, '');
}

/** The dashboard: one script, one stylesheet, and the licences of what is in them. */
function buildPages() {
  const pages = join(ROOT, 'dashboard');
  const target = join(ROOT, 'dist', 'dashboard');
  const options = [
    '--bundle',
    '--minify',
    '--format=esm',
    '--target=es2023',
    '--jsx=automatic',
    '--jsx-import-source=preact',
    '--log-level=warning',
    `--outdir=${target}`,
  ];
  const { status, stderr, error } = spawnSync(
    join(MODULES, '.bin', 'esbuild'),
    [`app=${join(pages, 'main.tsx')}`, `app=${join(pages, 'style.css')}`, ...options],
    { cwd: ROOT, encoding: 'utf8' },
  );
  if (status !== 0) fail(`the build of the pages failed\n${stderr ?? ''}${error?.message ?? ''}`);
  for (const name of ['index.html', 'icon.svg']) copyFileSync(join(pages, name), join(target, name));
  const licences = ['preact', '@preact/signals', '@preact/signals-core'].map(
    (name) => `${name}\n\n${readFileSync(join(MODULES, name, 'LICENSE'), 'utf8')}`,
  );
  writeFileSync(join(target, 'LICENSES.txt'), licences.join('\n\n'));
}

/** Prisma's client of an example, which is generated and not in version control. */
function generate() {
  const schema = join(PRISMA, 'app', 'prisma', 'schema.prisma');
  const made = join(GENERATED, 'client.ts');
  const newest = Math.max(newestIn(schema), newestIn(INSTALLED));
  if (existsSync(made) && statSync(made).mtimeMs > newest) return;
  rmSync(GENERATED, { recursive: true, force: true });
  const prisma = join(MODULES, 'prisma', 'build', 'index.js');
  const { status, stdout, stderr } = spawnSync(newNode(), [prisma, 'generate'], {
    cwd: PRISMA,
    encoding: 'utf8',
    // Prisma would download an engine that generating does not use; any program in its place will do.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  });
  if (status !== 0) fail(`prisma generate failed\n${stdout}${stderr}`);
}

function newestIn(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

/** A Node that strips types: this one if it is new enough, else the one among the dependencies. */
function newNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return process.execPath;
  const brought = join(MODULES, '.bin', 'node');
  if (existsSync(brought)) return brought;
  return fail(
    `Node ${LEAST_NODE.join('.')} or newer is needed; this is ${process.versions.node}, and none is brought along for ${process.platform} ${process.arch}`,
  );
}

/** Without a shell; signals and the exit code pass through. */
function run(file, rest) {
  const path = [join(MODULES, '.bin'), process.env.PATH].join(process.platform === 'win32' ? ';' : ':');
  const env = { ...process.env, PATH: path, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) };
  const child = spawn(newNode(), [file, ...rest], { cwd: ROOT, env, stdio: 'inherit' });
  // A terminal sends its interrupt to the child by itself; twice would mean "at once".
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}

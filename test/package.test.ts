import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { createContext, Script } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTRIES, filesOf, pack, ROOT, unpack } from './fixtures/packed.ts';

/** What `import 'cutover'` may cost an application, minified and gzipped. Bytes. */
const MOST_BYTES = 8_000;
/** Folders of `src` that hold more than other folders. */
const BUILT = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /(?<!\.test)\.ts$/.test(path))
  .map((path) => dirname(path))
  .filter((path) => path !== '.');

/** Kinds of files by folder. */
const CONTENTS = {
  '.': ['LICENSE', 'md', 'package.json'],
  dist: ['d.ts', 'js'],
  'dist/dashboard': ['css', 'html', 'js', 'svg', 'txt'],
  ...Object.fromEntries(BUILT.map((folder) => [`dist/${folder}`, ['d.ts', 'js']])),
  docs: ['md', 'svg'],
  'docs/decisions': ['md'],
  'docs/guide': ['md', 'svg'],
  'docs/guide/images': ['png'],
  'docs/operations': ['md'],
  'docs/reference': ['md'],
};

let folder: string;
let tarball: string;
let files: readonly string[];
let unpacked: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-package-'));
  tarball = pack(folder);
  files = filesOf(tarball);
  unpacked = join(folder, 'package');
  await mkdir(unpacked);
  unpack(tarball, unpacked);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** `d.ts`, `js`, `md`, or the whole name of what is there once. */
function kindOf(path: string): string {
  const [name = ''] = path.split('/').slice(-1);
  return /^(?:LICENSE|package\.json)$/.test(name) ? name : (/\.(d\.ts|\w+)$/.exec(name)?.[1] ?? name);
}

describe('the packed package', () => {
  it('has what is built and what is documented, and nothing else', () => {
    const found: Record<string, string[]> = {};
    for (const path of files) {
      const kinds = (found[dirname(path)] ??= []);
      if (!kinds.includes(kindOf(path))) kinds.push(kindOf(path));
    }
    for (const kinds of Object.values(found)) kinds.sort();
    expect(found).toEqual(CONTENTS);
    expect(files.filter((path) => /\.test\.|(?:^|\/)tests?\//.test(path))).toEqual([]);
  });

  it('has no picture that is too large for what it shows', () => {
    const pictures = files.filter((path) => path.endsWith('.png'));
    expect(pictures.length).toBeGreaterThan(0);
    for (const path of pictures)
      expect(statSync(join(unpacked, path)).size, path).toBeLessThanOrEqual(150_000);
  });

  it('has every file that a page in it links to', () => {
    const pages = files.filter((path) => path.endsWith('.md'));
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(unpacked, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, link = '']) => normalize(join(dirname(page), link)))
        .filter((path) => !files.some((file) => file === path || file.startsWith(`${path}/`)))
        .map((path) => `${page} links to ${path}`),
    );
    expect(pages).toContain('README.md');
    expect(broken).toEqual([]);
  });

  it('has a manifest in which publint finds nothing', async () => {
    const data = await readFile(tarball);
    const { messages, pkg } = await publint({
      pack: { tarball: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) as ArrayBuffer },
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('resolves to types that are those of the code, for everything that can import it', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(await readFile(tarball)));
    if (!analysis.types) throw new Error('no types were found');
    const found = Object.keys(analysis.entrypoints).map((path) => path.replace(/^\./, 'cutover'));
    expect(found).toEqual([...ENTRIES, 'cutover/package.json']);
    // A CommonJS module that is checked for Node 16 takes ESM by `import()` only; Node 22.18 requires it as it is.
    // `node10` knows no `exports`, so it sees no subpath.
    const allowed = analysis.problems.filter(
      (problem) =>
        !('resolutionKind' in problem && problem.resolutionKind === 'node10') &&
        problem.kind !== 'CJSResolvesToESM',
    );
    expect(allowed).toEqual([]);
  });
});

describe('the runtime entry', () => {
  const bundle = async (): Promise<string> => {
    const { outputFiles, metafile } = await build({
      entryPoints: [join(unpacked, 'dist/index.js')],
      bundle: true,
      minify: true,
      format: 'iife',
      globalName: 'cutover',
      // Neither Node nor a browser: what is not in the package is not there.
      platform: 'neutral',
      target: 'es2023',
      metafile: true,
      write: false,
    });
    const foreign = Object.keys(metafile.inputs).filter((path) => !/(?:^|\/)package\/dist\//.test(path));
    expect(foreign).toEqual([]);
    return outputFiles[0]?.text ?? '';
  };

  it('imports nothing but the package, and is within its size', async () => {
    const bytes = gzipSync(await bundle(), { level: 9 }).length;
    console.log(`cutover, minified and gzipped: ${bytes} bytes of ${MOST_BYTES}`);
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('serves calls where there is neither Node nor a browser', async () => {
    // A fresh context has the language and nothing else; a clock comes with the source.
    const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
    new Script(await bundle()).runInContext(context);
    const served: unknown = await new Script(WITHOUT_HOST).runInContext(context);
    expect(JSON.parse(String(served))).toEqual({
      before: 'control u1',
      after: 'candidate u1',
      calls: { control: 1, candidate: 1 },
      refused: 'UNKNOWN_REPOSITORY',
    });
  });
});

const WITHOUT_HOST = `(async () => {
  let agent;
  const clock = { now: () => 0, monotonic: () => 0, sleep: async () => {}, every: () => () => {} };
  const source = {
    instance: 'one', environment: 'production', env: {}, clock, random: () => 0.5,
    connect: (connected) => { agent = connected; },
    setFlag: () => Promise.reject(new Error('no')), refresh: async () => {}, close: async () => {},
  };
  const side = (name) => ({ find: async (key) => name + ' ' + key });
  const app = cutover.createCutover({ id: 'a', repositories: { user: {} } }, { source });
  const users = app.repository('user', { control: side('control'), candidate: side('candidate'), reads: ['find'] });
  const before = await users.find('u1');
  agent.apply({
    v: 1, migration: 'a', environment: 'production', epoch: 1, salt: 's', failSide: 'control', staleAfterMs: 1000,
    byEnvironment: false, allow: [], deny: [],
    global: { exposure: 10000, of: 'traffic', instances: [], killed: false }, repositories: {},
  }, Infinity);
  const after = await users.find('u1');
  const calls = Object.fromEntries(agent.drain().operations.map(({ side, calls }) => [side, calls]));
  let refused;
  try { app.repository('nobody', { control: {}, candidate: {}, reads: [] }); } catch ({ code }) { refused = code; }
  return JSON.stringify({ before, after, calls, refused });
})()`;

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const DIST = join(import.meta.dirname, '../dist');

/** Bytes that an application's bundle grows by, minified and compressed. */
async function size(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: DIST },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

const BASE = "export * from './index.js';";
const SHADOW = "export { shadow } from './shadow/index.js';";
/** With redaction, which is what keeps what differed from showing anybody's data. */
const SAMPLES = "export { samples } from './shadow/index.js';";
const MOST_OF_SHADOW = 8_000;
const MOST_OF_SAMPLES = 700;

it('an application that shadows carries no more for it than the budget, samples of what differed apart', async () => {
  const [base, shadow, all] = [
    await size(BASE),
    await size(BASE + SHADOW),
    await size(BASE + SHADOW + SAMPLES),
  ];
  expect(shadow - base).toBeLessThanOrEqual(MOST_OF_SHADOW);
  expect(all - shadow).toBeLessThanOrEqual(MOST_OF_SAMPLES);
});

/** Bytes of the pages, compressed as the server sends them. */
const MOST_OF_PAGES = 60_000;

it('the pages come in few enough bytes, all screens together', () => {
  const sizes = ['app.js', 'app.css'].map(
    (name) => gzipSync(readFileSync(join(DIST, 'dashboard', name)), { level: 9 }).length,
  );
  expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(MOST_OF_PAGES);
});

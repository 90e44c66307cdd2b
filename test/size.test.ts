import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const DIST = join(import.meta.dirname, '../dist');

/** Bytes that an application's bundle grows by, minified and compressed. */
async function size(...entries: readonly string[]): Promise<number> {
  const contents = entries.map((entry) => `export * from './${entry}/index.js';`).join('\n');
  const { outputFiles } = await build({
    stdin: { contents: contents.replace('/./', '/'), resolveDir: DIST },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

/** Bytes. The aim is 8,000 for each. */
const MOST = { base: 8_000, shadow: 10_100 };

it('an application carries no more than the budget, and for a shadow no more than that again', async () => {
  const base = await size('.');
  expect(base).toBeLessThanOrEqual(MOST.base);
  expect((await size('.', 'shadow')) - base).toBeLessThanOrEqual(MOST.shadow);
});

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Builds what the tests of the package and of its processes run, once: `dist` as users get it. */
export function setup(): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../scripts/setup.mjs')],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the build failed\n${stdout}${stderr}`);
}

// Everything that has to hold before a commit, but for the tests: one line a tool, and what a failing one said.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const bin = (name) => join(import.meta.dirname, '..', 'node_modules', '.bin', name);
const CHECKS = [
  ['types', bin('tsc'), '-p', 'tsconfig.json'],
  ['types of the pages', bin('tsc'), '-p', 'dashboard/tsconfig.json'],
  ['lint', bin('oxlint'), '--type-aware', '--deny-warnings'],
  ['format', bin('oxfmt'), '--check'],
  ['dead code', bin('knip')],
  [
    'architecture and docs',
    bin('vitest'),
    'run',
    'test/architecture.test.ts',
    'test/docs.test.ts',
    'test/coverage.test.ts',
  ],
];

let failed = 0;
for (const [name, program, ...args] of CHECKS) {
  const began = performance.now();
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(`${status === 0 ? '✔' : '✖'} ${name} (${seconds}s)`);
  if (status === 0) continue;
  failed += 1;
  console.log([stdout, stderr, error?.message].filter(Boolean).join('\n'));
}
process.exitCode = failed === 0 ? 0 : 1;

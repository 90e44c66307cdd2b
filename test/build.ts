import { execFileSync } from 'node:child_process';

/** Builds what the tests of the package run, once. */
export function setup(): void {
  execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
}

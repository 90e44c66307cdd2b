import { bad, type Check, ok } from './check.ts';

/** Node strips types from a configuration from these on, without an option. */
const FIRST = { 22: 18, 23: 6 } as const;
const NAME = 'Node';

/** @param version as `process.versions.node` */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major === 22 ? minor >= FIRST[22] : major === 23 ? minor >= FIRST[23] : major > 23;
  return isEnough
    ? ok(NAME, version)
    : bad(NAME, `${version} cannot load a configuration in TypeScript`, 'use Node 22.18, 23.6 or newer');
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Missing } from './figure.ts';

const FOLDER = import.meta.dirname;
const STAMP = join(FOLDER, 'node_modules', '.cutover-bench');

/** A logger for peers: only the document goes to standard output. */
export const QUIET = { error() {}, warn() {}, info() {}, debug() {} };

/** Installs what the figures are compared with, once for each lock file. @returns why not, if it cannot be done */
export function installPeers(): string | undefined {
  const hash = createHash('sha256')
    .update(readFileSync(join(FOLDER, 'package-lock.json')))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return undefined;
  const { npm_node_execpath: node, npm_execpath: npm } = process.env;
  const [program, ...first] = node === undefined || npm === undefined ? ['npm'] : [node, npm];
  const options = [
    'ci',
    '--engine-strict=false',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const { status, stderr, error } = spawnSync(program, [...first, ...options], {
    cwd: FOLDER,
    encoding: 'utf8',
  });
  if (status !== 0) return `npm ci failed: ${error?.message ?? stderr.trim().split('\n')[0] ?? ''}`;
  writeFileSync(STAMP, hash);
  return undefined;
}

/** Each peer of a benchmark, made ready; those that cannot be are named instead. */
export async function readyPeers<T>(
  makers: Readonly<Record<string, () => Promise<T>>>,
): Promise<{ readonly peers: readonly T[]; readonly missing: readonly Missing[] }> {
  const trouble = installPeers();
  const peers: T[] = [];
  const missing: Missing[] = [];
  for (const [name, make] of Object.entries(makers)) {
    try {
      if (trouble !== undefined) throw new Error(trouble);
      peers.push(await make());
    } catch (error) {
      missing.push({ name, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { peers, missing };
}

/**
 * A package of `bench/node_modules`, with the part of its types that is used here: without an installation the
 * project's own type check has to pass too.
 */
export async function load<T>(specifier: string): Promise<T> {
  return (await import(specifier)) as T;
}

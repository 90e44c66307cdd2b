import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Part, Tallies } from './certify.ts';

/** Parts that were played, so that a certification that was cut off goes on where it was. */
export type Parts = {
  find(shape: string, part: Part): Tallies | undefined;
  add(shape: string, part: Part, tallies: Tallies): void;
};

type Kept = { readonly of: string; readonly parts: Record<string, Tallies> };

/** Kept in a file, for the code as it is: another line of the judge or of the worlds begins anew. */
export function partsIn(file: string, root: string): Parts {
  const of = digestOf(root);
  const kept = readKept(file);
  const parts: Record<string, Tallies> = kept?.of === of ? { ...kept.parts } : {};
  return {
    find: (shape, part) => parts[keyOf(shape, part)],
    add(shape, part, tallies) {
      parts[keyOf(shape, part)] = tallies;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify({ of, parts }));
      renameSync(`${file}.new`, file);
    },
  };
}

function keyOf(shape: string, { from, runs }: Part): string {
  return `${shape} ${from}+${runs}`;
}

function readKept(file: string): Kept | undefined {
  try {
    // Written by `add`; what cannot be read is played again.
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch {
    return undefined;
  }
}

/** All that a verdict in a simulated world depends on. */
function digestOf(root: string): string {
  const judged = readdirSync(join(root, 'src/gate'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .toSorted()
    .map((name) => `src/gate/${name}`);
  const played = ['certify', 'draw', 'gate-run', 'worlds'].map((name) => `bench/${name}.ts`);
  const hash = createHash('sha256');
  for (const name of [...judged, ...played]) hash.update(name).update(readFileSync(join(root, name)));
  return hash.digest('hex');
}

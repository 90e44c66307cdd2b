import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What the compiler says to a file of `test/fixtures/types`. */
function compile(file: string): string {
  const root = join(import.meta.dirname, '..');
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { stdout } = spawnSync(tsc, ['-p', join(root, 'test/fixtures/types', file), '--pretty', 'false'], {
    encoding: 'utf8',
  });
  return stdout;
}

describe('the types of a repository', () => {
  it('let a candidate through that has what control has, private members aside', () => {
    expect(compile('good.json')).toBe('');
  });

  it('name what is missing or different in a candidate, and a read that is no method', () => {
    const said = compile('bad.json');
    expect(said).toContain(
      "Property 'findByEmail' is missing in type 'Lacking' but required in type 'PublicOf<NoInfer<SqlUsers>>'",
    );
    expect(said).toContain("Type 'Promise<number>' is not assignable to type 'Promise<string | null>'");
    // A write has no place in what is said about the shadow.
    expect(said).toContain("'save' does not exist in type '{ readonly find?:");
    expect(said).toMatch(/Type '"findd"' is not assignable to type .*"find"/);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands/index.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** How many requirements each letter has. */
const RANGES = { P: 27, F: 12, M: 35, G: 22, B: 22, R: 21, D: 6, C: 20, X: 20 } as const;

type Row = { readonly id: string; readonly what: string; readonly by: string; readonly proof: string };

const ROWS = read('docs/coverage.md')
  .split('\n')
  .filter((line) => /^\| [A-Z]\d/.test(line))
  .map((line): Row => {
    const [id = '', what = '', by = '', proof = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { id, what, by, proof };
  });

const INPUT = read('src/plan/input.ts');
const API = ['src/index.ts', 'src/node/index.ts', 'src/repository/create.ts'].map(read).join('\n');

/** What is wrong with the names of a row; empty when each of them exists. */
function problems({ id, by, proof }: Row): readonly string[] {
  const named = [...by.matchAll(/`(cutover|config|api) ([^`]+)`/g)].map(([, kind = '', name = '']) => ({
    kind,
    name,
  }));
  const missing = named
    .filter(({ kind, name }) => !exists(kind, name))
    .map(({ name }) => `${id}: no ${name}`);
  if (by.startsWith('open'))
    return proof === 'open' ? missing : [...missing, `${id}: open, and yet it names a proof`];
  if (named.length === 0) missing.push(`${id}: names nothing that delivers it`);
  return [...missing, ...proofProblems(id, proof)];
}

function exists(kind: string, name: string): boolean {
  switch (kind) {
    case 'cutover':
      return isCommand(name);
    case 'config':
      return name.split('.').every((key) => new RegExp(`readonly ${key}\\??:`).test(INPUT));
    default:
      return new RegExp(`\\b${name}\\b`).test(API);
  }
}

function isCommand(text: string): boolean {
  const [name = '', ...options] = text.split(/ (?=--)/);
  const command = COMMANDS.find((one) => one.name === name || one.name.startsWith(`${name} `));
  const known = (command?.options ?? []).map(({ flags }) => flags.split(' ')[0]);
  return command !== undefined && options.every((option) => known.includes(option));
}

function proofProblems(id: string, proof: string): readonly string[] {
  const [, file = '', title = ''] = /^`([^`]+)` › "([^"]+)"$/.exec(proof) ?? [];
  if (file === '') return [`${id}: "${proof}" names no test`];
  try {
    return read(file).includes(title) ? [] : [`${id}: ${file} has no test "${title}"`];
  } catch {
    return [`${id}: there is no file ${file}`];
  }
}

describe('the page of coverage', () => {
  it('has every requirement once, in order', () => {
    const expected = Object.entries(RANGES).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
    );
    expect(ROWS.map(({ id }) => id)).toEqual(expected);
  });

  it('says of each what it is, and names only what exists', () => {
    expect(ROWS.filter(({ what, by, proof }) => what === '' || by === '' || proof === '')).toEqual([]);
    expect(ROWS.flatMap(problems)).toEqual([]);
  });

  it('is checked by rules that can fail', () => {
    const row = (by: string, proof: string): Row => ({ id: 'P1', what: 'x', by, proof });
    const title = '`test/coverage.test.ts` › "is checked by rules that can fail"';
    expect(problems(row('`cutover run`', title))).toEqual([]);
    for (const [by, proof] of [
      ['`cutover fly`', title],
      ['`cutover status --wach`', title],
      ['`config phases.colour`', title],
      ['`api createCutovers`', title],
      ['a word', title],
      ['`cutover run`', 'open'],
      ['open', title],
      ['`cutover run`', '`test/none.test.ts` › "x"'],
      ['`cutover run`', `\`test/coverage.test.ts\` › "${'is checked by rules'.repeat(2)}"`],
    ] as const)
      expect(problems(row(by, proof)), `${by} ${proof}`).toHaveLength(1);
  });
});

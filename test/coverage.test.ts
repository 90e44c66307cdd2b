import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { GLOBAL_OPTIONS } from '../src/cli/program.ts';
import { planSchema } from '../src/config/schema.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = 'docs/coverage.md';
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** How many requirements each letter has; they are numbered from 1. */
const RANGES = { P: 27, F: 12, M: 35, G: 22, B: 22, R: 21, D: 6, C: 20, X: 20 } as const;
const HEAD = '| ID | what it is | delivered by | proved by |';
/** Longer is a copy of something. Characters. */
const LONGEST_WHAT = 140;

type Row = { readonly id: string; readonly cells: readonly string[] };

/** Every line of a table that is neither its head nor the line below that, whatever it looks like. */
function rowsOf(text: string): readonly Row[] {
  return text
    .split('\n')
    .filter((line) => line.trimStart().startsWith('|') && line !== HEAD && !/^\|[-|]+\|$/.test(line))
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      return { id: cells[1] ?? '', cells: cells.slice(1, -1) };
    });
}

const NAMED = /^`(cutover |config: |api: )([^`]+)`$/;
const PROOF = /^`([^`]+)` › "([^"]+)"$/;

/** What is wrong with a row, each with its ID; empty when it says something and all that it names exists. */
function problemsOf({ id, cells }: Row): readonly string[] {
  const [, what = '', by = '', proof = ''] = cells;
  if (cells.length !== 4) return [`${id} has ${cells.length} cells instead of 4`];
  return [
    ...(what === '' ? ['does not say what it is'] : []),
    ...(what.length > LONGEST_WHAT ? [`takes ${what.length} characters to say what it is`] : []),
    ...(by.startsWith('open') ? openProblems(by, proof) : deliveredProblems(by, proof)),
  ].map((problem) => `${id} ${problem}`);
}

/** What is open delivers nothing, so it names nothing: the part that works is told in words. */
function openProblems(by: string, proof: string): readonly string[] {
  return [
    ...(/^open(?: \(part: [^`]+\))?$/.test(by)
      ? []
      : [`is "${by}": write "open" or "open (part: …)", without a command`]),
    ...(proof === 'open' ? [] : [`is open and has the proof "${proof}"`]),
  ];
}

function deliveredProblems(by: string, proof: string): readonly string[] {
  return [...by.split(', ').flatMap(nameProblems), ...proof.split('; ').flatMap(proofProblems)];
}

function nameProblems(text: string): readonly string[] {
  const [, kind, name = ''] = NAMED.exec(text) ?? [];
  switch (kind) {
    case 'cutover ':
      return commandProblems(name);
    case 'config: ':
      return hasKey(name) ? [] : [`names the key "${name}", which no plan has`];
    case 'api: ':
      return isExported(name) ? [] : [`names "${name}", which is not exported`];
    default:
      return [`is delivered by "${text}": write \`cutover …\`, \`config: …\`, \`api: …\` or open`];
  }
}

function commandProblems(text: string): readonly string[] {
  const [name = '', ...options] = text.split(/ (?=--)/);
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) return [`names the command "${name}", which there is not`];
  const known = [...(command.options ?? []), ...GLOBAL_OPTIONS].map(({ flags }) => flags.split(' ')[0]);
  return options
    .filter((option) => !known.includes(option))
    .map((option) => `names ${option}, which "${name}" does not take`);
}

/** The part of JSON Schema in which zod describes what a plan may hold. */
type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
};

const PLAN = z.toJSONSchema(planSchema, { io: 'input', unrepresentable: 'any' }) as Schema;

/** @param path `matrix[].red`, `repositories.*.env`, `phases[].steps[hold].for`, `metrics.*[latency].quantile` */
function hasKey(path: string): boolean {
  return path.split('.').reduce<Schema | undefined>(schemaAt, PLAN) !== undefined;
}

function schemaAt(from: Schema | undefined, part: string): Schema | undefined {
  const [, name = '', brackets, kind] = /^(\*|\w+)(\[(\w*)\])?$/.exec(part) ?? [];
  const values = from?.additionalProperties;
  const member = name === '*' ? (typeof values === 'object' ? values : undefined) : from?.properties?.[name];
  if (brackets === undefined) return member;
  if (kind === '') return member?.items;
  const kinds = (member?.items ?? member)?.oneOf;
  return kinds?.find(({ properties }) => properties?.['kind']?.const === kind);
}

const EXPORTED = ['src/index.ts', 'src/node/index.ts'].flatMap((path) =>
  [...read(path).matchAll(/export (?:type )?\{([^}]+)\}/g)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.replace(/^\s*type /, '').trim()),
  ),
);

/** Where the exported types are declared. */
const DECLARED = ['src/plan', 'src/repository', 'src/node']
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((file) => read(`${folder}/${file}`)))
  .join('\n');

/** @param name `createCutover`, or a member of an exported type: `Cutover.pin` */
function isExported(name: string): boolean {
  const [outer = '', member, ...more] = name.split('.');
  if (!EXPORTED.includes(outer) || more.length > 0) return false;
  if (member === undefined) return true;
  const [body = ''] = new RegExp(`^export (?:type|interface) ${outer}\\b[^]*?^\\}`, 'm').exec(DECLARED) ?? [];
  return new RegExp(`^  (?:readonly )?${member}\\b`, 'm').test(body);
}

function proofProblems(proof: string): readonly string[] {
  const [, file = '', title = ''] = PROOF.exec(proof) ?? [];
  if (file === '') return [`is proved by "${proof}": write \`file\` › "title"`];
  if (!/^(?:src|test|examples)\/.*\.test\.ts$/.test(file) || !existsSync(join(ROOT, file)))
    return [`is proved in ${file}, which is no test that there is`];
  const found = titlesOf(read(file)).filter((one) => one.startsWith(title));
  return found.length === 1
    ? []
    : [`is proved by "${title}", with which ${found.length} tests of ${file} begin`];
}

/** Titles of the tests of a file: of `it('…', …)` and of `it.each(…)('…', …)`. Those that are skipped prove nothing. */
function titlesOf(text: string): readonly string[] {
  const calls = text.matchAll(/(?:\bit|\))\(\s*(['"`])((?:\\.|(?!\1).)*)\1,\s*(?:async\s*)?\(/g);
  return [...calls].map(([, , title = '']) => title.replaceAll(/\\(.)/g, '$1'));
}

describe('the page of coverage', () => {
  const rows = rowsOf(read(PAGE));

  it('has every requirement once, in order', () => {
    const expected = Object.entries(RANGES).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
    );
    expect(rows.map(({ id }) => id)).toEqual(expected);
  });

  it('has a heading and one table for each letter', () => {
    const sections = read(PAGE).split('\n## ').slice(1);
    expect(sections.map((section) => section.slice(0, 3))).toEqual(
      Object.keys(RANGES).map((letter) => `${letter}: `),
    );
    for (const section of sections) {
      expect(section.split(HEAD), section.split('\n')[0]).toHaveLength(2);
      expect(new Set(rowsOf(section).map(({ id }) => id[0]))).toEqual(new Set([section[0]]));
    }
  });

  it('says of each what it is, and names only what exists', () => {
    const problems = rows.flatMap(problemsOf);
    expect(problems, problems.join('\n')).toEqual([]);
  });

  const here = '`test/coverage.test.ts` › "is checked by rules that can';
  const whole = `${here} fail"`;

  it.each([
    ['| P1 | x | `cutover run --compress --reason`, `cutover flag set` | PROOF |'],
    ['| P1 | x | `config: phases[].steps[hold].for`, `config: matrix` | PROOF |'],
    ['| P1 | x | `config: metrics.*[latency].quantile`, `config: repositories.*.env` | PROOF |'],
    ['| P1 | x | `api: createCutover`, `api: Cutover.pin`, `api: nodeSource` | PROOF; PROOF |'],
    ['| P1 | x | open | open |'],
    ['| P1 | x | open (part: a half) | open |'],
  ])('lets through %s', (line) => {
    expect(rowsOf(line.replaceAll('PROOF', whole)).flatMap(problemsOf)).toEqual([]);
  });

  it.each([
    ['| P1 |  | open | open |', 'does not say'],
    ['| P1 | x | open |', 'has 3 cells'],
    ['| P1 | x | open | open | open |', 'has 5 cells'],
    [`| P1 | ${'x'.repeat(141)} | open | open |`, 'takes 141 characters'],
    ['| P1 | x |  | PROOF |', 'is delivered by ""'],
    ['| P1 | x | yes | PROOF |', 'is delivered by "yes"'],
    ['| P1 | x | `cutover fly` | PROOF |', 'the command "fly"'],
    ['| P1 | x | `cutover flag` | PROOF |', 'the command "flag"'],
    ['| P1 | x | `cutover status --wach` | PROOF |', '--wach'],
    ['| P1 | x | `config: phases[].colour` | PROOF |', 'the key "phases[].colour"'],
    ['| P1 | x | `config: phases.steps` | PROOF |', 'the key "phases.steps"'],
    ['| P1 | x | `config: phases[].steps[hold].exposure` | PROOF |', 'the key'],
    ['| P1 | x | `config: phases[].steps[fly]` | PROOF |', 'the key'],
    ['| P1 | x | `config: rollback[].budget` | PROOF |', 'the key'],
    ['| P1 | x | `api: createCutovers` | PROOF |', 'not exported'],
    ['| P1 | x | `api: Cutover.fly` | PROOF |', 'not exported'],
    ['| P1 | x | `api: Pin.side` | PROOF |', 'not exported'],
    ['| P1 | x | `cutover run` |  |', 'is proved by ""'],
    ['| P1 | x | `cutover run` | open |', 'is proved by "open"'],
    ['| P1 | x | `cutover run` | `test/none.test.ts` › "x" |', 'no test that there is'],
    ['| P1 | x | `cutover run` | `docs/coverage.md` › "P1" |', 'no test that there is'],
    ['| P1 | x | `cutover run` | `test/cli.test.ts` › "does not have this title" |', '0 tests'],
    ['| P1 | x | `cutover run` | PROOF; PROOF › "x" |', 'is proved by'],
    ['| P1 | x | open | PROOF |', 'is open and has the proof'],
    ['| P1 | x | open (part: `cutover run`) | open |', 'without a command'],
    ['| P1 | x | open, `cutover run` | open |', 'without a command'],
    ['| P1 | x | opened | open |', 'without a command'],
  ])('stops at %s', (line, problem) => {
    const problems = rowsOf(line.replaceAll('PROOF', whole)).flatMap(problemsOf);
    expect(problems).toEqual([expect.stringMatching(/^P1 /)]);
    expect(problems[0]).toContain(problem);
  });

  it('is checked by rules that can fail', () => {
    expect(titlesOf(read('test/coverage.test.ts'))).toContain('is checked by rules that can fail');
    expect(titlesOf("it.skip('a', () => {}); it('b', async () => {}); f('c', () => {})")).toEqual(['b']);
    expect(rowsOf('|p1|x|open|open|\n').map(({ id }) => id)).toEqual(['p1']);
  });
});

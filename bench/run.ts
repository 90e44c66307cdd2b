import { parseArgs } from 'node:util';
import { suggest } from '../src/kernel/index.ts';
import type { Budget } from './budgets.ts';
import { rounded, type Document, type Figure, type Outcome } from './figure.ts';

const COLUMNS = 80;
const EXIT = { ok: 0, usage: 2, findings: 3 } as const;
export type Benchmarks = Readonly<Record<string, () => Promise<{ default(): Promise<Outcome> }>>>;
export type Budgets = Readonly<Record<string, Readonly<Record<string, Budget>>>>;

/** Measures, prints one document or a text, and answers with the exit code: 3 when a budget does not hold. */
export async function runBench(
  args: readonly string[],
  benchmarks: Benchmarks,
  budgets: Budgets,
  print: { out(text: string): void; error(text: string): void },
): Promise<number> {
  const names = Object.keys(benchmarks);
  const usage = (problem: string): number => {
    print.error(`${problem}\n\nnpm run bench -- <name> [--json]\nnames: ${names.join(', ')}`);
    return EXIT.usage;
  };
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
  const [name = '', ...more] = parsed.positionals;
  const module = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  if (module === undefined || more.length > 0) {
    const near = suggest(name, names);
    return usage(
      name === '' || more.length > 0
        ? 'one benchmark is needed'
        : `there is no benchmark "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    );
  }
  const { figures, missing } = await (await module()).default();
  const document: Document = {
    name,
    figures: figures.map((figure) => judged(budgets, name, figure)),
    missing,
  };
  print.out(parsed.values.json ? JSON.stringify(document) : text(document));
  return document.figures.every(({ holds }) => holds) ? EXIT.ok : EXIT.findings;
}

function judged(
  budgets: Budgets,
  bench: string,
  { name, value, spread, peers }: Outcome['figures'][number],
): Figure {
  const budget = budgets[bench]?.[name];
  if (budget === undefined) throw new Error(`${bench}: figure "${name}" has no entry in bench/budgets.ts`);
  return {
    name,
    value: rounded(value),
    unit: budget.unit,
    budget: budget.most,
    // What could not be measured holds nothing.
    holds: Number.isFinite(value) && (budget.most === null || value <= budget.most),
    spread: spread === null ? null : [rounded(spread[0]), rounded(spread[1])],
    peers: peers.map((peer) => ({ name: peer.name, value: rounded(peer.value) })),
  };
}

function text({ figures, missing }: Document): string {
  const lines = figures.flatMap(({ name, value, unit, budget, holds, spread, peers }) => [
    `${holds ? '✔' : '✖'} ${name}: ${value} ${unit}${budget === null ? '' : ` (at most ${budget})`}`,
    ...(spread === null ? [] : [`    between ${spread[0]} and ${spread[1]}`]),
    ...peers.map((peer) => `    ${peer.name.padEnd(40)} ${String(peer.value).padStart(10)} ${unit}`),
  ]);
  return [...lines, ...missing.map(({ name, why }) => `? ${name} is missing: ${why}`)].map(fitted).join('\n');
}

/** What npm says about a failed installation can be long; the document has all of it. */
function fitted(line: string): string {
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 1)}…`;
}

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CutoverError, describeError, suggest } from '../../kernel/index.ts';
import type { PartOptions } from '../../testing/index.ts';
import { Checkpoint } from '../comparison/checkpoint.ts';
import { Comparing, comparisonFile } from '../comparison/comparing.ts';
import { comparisonReport } from '../comparison/report.ts';
import { beginOrGoOn, compareAll } from '../comparison/walk.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit.ts';
import { countOption, durationOption, isOn, listOption, textOption } from '../given.ts';
import { answer, type Document } from '../io.ts';
import { comparisonText } from '../render/comparison.ts';
import { configOf } from '../session.ts';

const FIRST = 100;
/** An iterable that never ends is stopped here. */
const MOST = 10_000_000;
const CONCURRENCY = 4;
const RATE = 200;
const TIMEOUT_MS = 10_000;

export const compare: Command = {
  name: 'compare',
  summary:
    'Call the reads of a repository on both sides and compare: all rows with --all. Exit code 3 for a difference.',
  arguments: [{ name: 'repository', summary: 'as the plan names it' }],
  options: [
    { flags: '--all', summary: `every call, resumable (without: the first ${FIRST} of each operation)` },
    { flags: '--operation <name>', summary: 'only this one, as find (repeatable)', repeatable: true },
    {
      flags: '--file <file>',
      summary: 'how both sides are opened (default: cutover.compare.ts beside the plan)',
    },
    { flags: '--rate <count>', summary: `calls that begin in a second (default: ${RATE})` },
    {
      flags: '--concurrency <count>',
      summary: `calls at once, each on both sides (default: ${CONCURRENCY})`,
    },
    { flags: '--timeout <duration>', summary: 'for one answer (default: 10s)' },
    { flags: '--most <count>', summary: 'calls of one operation at most (default: 10,000,000)' },
    {
      flags: '--checkpoint <file>',
      summary: 'where it keeps how far it got (default: in .cutover beside the plan)',
    },
    { flags: '--restart', summary: 'begin anew, whatever was kept' },
    { flags: '--output <file>', summary: 'write the document to a file as well' },
  ],
  examples: [
    'cutover compare user',
    'cutover compare user --all --rate 100 --output user.json',
    'cutover compare order --all --operation find --operation latest',
  ],
  mutates: false,
  async run(context) {
    const { io, clock, given, signal } = context;
    const [repository = ''] = given.args;
    const { plan, file: configFile } = await configOf(context);
    refuseUnknown(repository, Object.keys(plan.repositories));
    const file = comparisonFile(context, configFile);
    const options = optionsOf(context);
    const most = countOption(given, 'most') ?? (isOn(given, 'all') ? MOST : FIRST);
    const comparing = await Comparing.open(file, repository, clock, signal);
    try {
      const operations = chosen(comparing, listOption(given, 'operation'));
      const of = { plan: plan.id, repository, file: sumOf(file), operations };
      const kept = isOn(given, 'all')
        ? new Checkpoint(checkpointFile(context, configFile, plan.id, repository), of, writerOf(context))
        : undefined;
      const begun = beginOrGoOn(context, kept, operations, most);
      const end = await compareAll(context, comparing, { repository, kept, options, most }, begun);
      const without = comparing.operations.filter(({ hasCalls }) => !hasCalls);
      const report = comparisonReport(
        end,
        listOption(given, 'operation') === null ? without.map(({ operation }) => operation) : [],
      );
      const document: Document = {
        schema: 'cutover.comparison/1',
        migration: plan.id,
        repository,
        all: isOn(given, 'all'),
        ...report,
        endedAt: clock.now(),
      };
      writeOutput(context, document);
      answer(io, document, () => comparisonText(repository, report, io.width, io.paint));
      return report.isClean && (report.isWhole || !isOn(given, 'all')) ? EXIT.ok : EXIT.findings;
    } finally {
      await comparing.close();
    }
  },
};

function optionsOf({ given }: Context): PartOptions {
  const rate = countOption(given, 'rate') ?? RATE;
  return {
    rate,
    // About a second of work: so much is done again after a crash.
    size: Math.min(rate, 500),
    concurrency: countOption(given, 'concurrency') ?? CONCURRENCY,
    timeoutMs: durationOption(given, 'timeout') ?? TIMEOUT_MS,
  };
}

/** @throws CutoverError `USAGE` for an operation that has no calls, or when none has */
function chosen({ operations }: Comparing, only: readonly string[] | null): readonly string[] {
  const names = operations.filter(({ hasCalls }) => hasCalls).map(({ operation }) => operation);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown === undefined && names.length > 0)
    return only === null ? names : names.filter((name) => only.includes(name));
  const near = unknown === undefined ? undefined : suggest(unknown, names);
  throw new CutoverError(
    'USAGE',
    unknown === undefined
      ? 'the comparison has no calls of it'
      : `the comparison has no calls of "${unknown}"`,
    {
      hint:
        near === undefined
          ? `it has ${names.length === 0 ? 'none: write calls' : names.join(', ')}`
          : `did you mean "${near}"?`,
    },
  );
}

function refuseUnknown(repository: string, known: readonly string[]): void {
  if (known.includes(repository)) return;
  const near = suggest(repository, known);
  throw new CutoverError('UNKNOWN_REPOSITORY', `the plan has no repository "${repository}"`, {
    hint: near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`,
  });
}

function checkpointFile(
  { given, cwd }: Context,
  configFile: string,
  plan: string,
  repository: string,
): string {
  const named = textOption(given, 'checkpoint');
  return named === undefined
    ? join(dirname(configFile), '.cutover', `compare-${plan}-${repository}.json`)
    : resolve(cwd, named);
}

function writerOf({ random }: Context): string {
  return Math.floor(random() * 2 ** 48).toString(16);
}

function sumOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function writeOutput({ given, cwd }: Context, document: Document): void {
  const named = textOption(given, 'output');
  if (named === undefined) return;
  try {
    writeFileSync(resolve(cwd, named), `${JSON.stringify(document)}\n`);
  } catch (error) {
    throw new CutoverError('USAGE', `${named} cannot be written: ${describeError(error)}`, {
      hint: 'name a file in a folder that may be written to: --output',
      cause: error,
    });
  }
}

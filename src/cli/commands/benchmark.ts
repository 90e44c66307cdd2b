import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CutoverError, formatDuration, seededRandom, suggest } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { Side } from '../../route/index.ts';
import { type Bench, openBench, openIsolatedBench, type World } from '../benchmark/bench.ts';
import { isGood, type Limits, type OperationResult, resultOf } from '../benchmark/result.ts';
import { type MeasuredOperation, measureRounds } from '../benchmark/rounds.ts';
import { differencesOf, readSaved, save, type Saved, thisMachine } from '../benchmark/saved.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit.ts';
import { countOption, durationOption, isOn, listOption, ratioOption, textOption } from '../given.ts';
import { answer } from '../io.ts';
import { benchmarkText } from '../render/benchmark.ts';
import { counted } from '../render/text.ts';
import { configOf } from '../session.ts';

const FILES = ['ts', 'mts', 'mjs', 'js'].map((end) => `cutover.benchmark.${end}`);
const ROUNDS = 40;
/** A bootstrap over fewer rounds finds intervals that are too narrow. */
const LEAST_ROUNDS = 10;
const TIMEOUT_MS = 5_000;

export const benchmark: Command = {
  name: 'benchmark',
  summary:
    'Time both implementations side by side. Exit code 3 when one fails, hangs or differs, or a limit is broken.',
  options: [
    { flags: '--file <file>', summary: 'what to measure (default: cutover.benchmark.ts beside the plan)' },
    { flags: '--operation <name>', summary: 'only this one, as user.find', repeatable: true },
    { flags: '--control-only', summary: 'measure control alone' },
    { flags: '--candidate-only', summary: 'measure the candidate alone' },
    { flags: '--isolated', summary: 'each side in a process of its own; answers are compared beforehand' },
    { flags: '--limit <ratio>', summary: "the candidate's median over control's is at most this: 1.1" },
    { flags: '--limit-p95 <ratio>', summary: 'the same for the 95th percentile' },
    { flags: '--rounds <count>', summary: `more make intervals narrower (default: ${ROUNDS})` },
    { flags: '--seed <number>', summary: 'of order, arguments and intervals (default: 1)' },
    { flags: '--timeout <duration>', summary: 'a call that takes longer hangs (default: 5s)' },
    { flags: '--save <file>', summary: 'keep all times in a file' },
    {
      flags: '--against <file>',
      summary: 'compare with times that were kept; limits hold for these ratios, too',
    },
  ],
  examples: [
    'cutover benchmark',
    'cutover benchmark --limit 1.1 --limit-p95 1.25 --rounds 100',
    'cutover benchmark --candidate-only --against benchmark-last-week.json',
  ],
  mutates: false,
  async run(context) {
    const { io, clock, given, signal, cwd } = context;
    const wanted = wantedFrom(context);
    const against = textOption(given, 'against');
    const saved = against === undefined ? null : readSaved(resolve(cwd, against));
    refuseNothingToLimit(wanted.limits, wanted.sides, saved);
    const { plan, file: configFile } = await configOf(context);
    const file = fileOf(context, configFile);
    const measured = await measureAll(context, plan, { file, clock, signal }, wanted);
    const about = { plan: plan.id, at: clock.now(), machine: thisMachine() };
    const to = textOption(given, 'save');
    if (to !== undefined) save(resolve(cwd, to), about, measured);
    const random = seededRandom(wanted.seed);
    const operations = measured.map((one) => resultOf(one, saved?.times ?? null, wanted.limits, random));
    const good = isGood(operations);
    const { rounds, seed, isolated, limits } = wanted;
    const notes = notesOf(plan, wanted.only === null ? operations : null, saved);
    const document = { ...about, file, rounds, seed, isolated, limits, ok: good, operations, notes };
    answer(io, { schema: 'cutover.benchmark/1', ...document }, () =>
      benchmarkText({ operations, limits, notes, good }, io.width, io.paint),
    );
    return good ? EXIT.ok : EXIT.findings;
  },
};

type Wanted = {
  readonly sides: readonly Side[];
  readonly rounds: number;
  readonly seed: number;
  readonly timeoutMs: number;
  readonly isolated: boolean;
  readonly limits: Limits;
  readonly only: readonly string[] | null;
};

/** @throws CutoverError `USAGE` */
function wantedFrom({ given }: Context): Wanted {
  const [control, candidate] = [isOn(given, 'controlOnly'), isOn(given, 'candidateOnly')];
  if (control && candidate)
    throw new CutoverError('USAGE', '--control-only and --candidate-only: nothing would be left', {
      hint: 'leave both out to measure both',
    });
  const rounds = countOption(given, 'rounds') ?? ROUNDS;
  if (rounds < LEAST_ROUNDS)
    throw new CutoverError('USAGE', `--rounds ${rounds}: fewer than ${LEAST_ROUNDS} say nothing`, {
      hint: `write --rounds ${LEAST_ROUNDS} or more`,
    });
  return {
    sides: control ? ['control'] : candidate ? ['candidate'] : ['control', 'candidate'],
    rounds,
    seed: countOption(given, 'seed') ?? 1,
    timeoutMs: durationOption(given, 'timeout') ?? TIMEOUT_MS,
    isolated: isOn(given, 'isolated') && !control && !candidate,
    limits: { median: ratioOption(given, 'limit') ?? null, p95: ratioOption(given, 'limitP95') ?? null },
    only: listOption(given, 'operation'),
  };
}

function refuseNothingToLimit({ median, p95 }: Limits, sides: readonly Side[], saved: Saved | null): void {
  if ((median === null && p95 === null) || sides.length === 2 || saved !== null) return;
  throw new CutoverError('USAGE', 'a limit is of a ratio, and one side alone has none', {
    hint: 'measure both, or compare with times that were kept: --against <file>',
  });
}

/** @throws CutoverError `USAGE` when there is no such file */
function fileOf({ given, cwd }: Context, configFile: string): string {
  const named = textOption(given, 'file');
  const candidates =
    named === undefined ? FILES.map((name) => resolve(dirname(configFile), name)) : [resolve(cwd, named)];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CutoverError('USAGE', `there is no ${named ?? `${FILES[0]} beside ${configFile}`}`, {
    hint: 'write what is to be measured: docs/guide/benchmark.md',
    details: { lookedFor: candidates },
  });
}

/** Compares first where measuring cannot, then measures. */
async function measureAll(
  context: Context,
  plan: Plan,
  world: World,
  wanted: Wanted,
): Promise<readonly MeasuredOperation[]> {
  const together = await openBench(wanted.sides, world);
  try {
    refuseUnknownRepositories(plan, together);
    const which = chosen(together, wanted.only);
    if (!wanted.isolated) return await measured(context, together, which, wanted);
    context.io.progress('comparing answers first');
    const compared = await measured(context, together, which, { ...wanted, rounds: 1 });
    const sound = which.filter((_, at) => compared[at]?.fault === null);
    const apart = await openIsolatedBench(world);
    try {
      const found = await measured(context, apart, sound, wanted);
      return compared.flatMap((one) => found.find(({ name }) => name === one.name) ?? one);
    } finally {
      await apart.close();
    }
  } finally {
    await together.close();
  }
}

function measured(
  { clock, io }: Context,
  bench: Bench,
  which: readonly number[],
  wanted: Wanted,
): Promise<readonly MeasuredOperation[]> {
  return measureRounds(bench, which, wanted, {
    clock,
    random: seededRandom(wanted.seed),
    onWarm: (msARound, operations) =>
      io.progress(
        `${counted(operations, 'operation')} in ${counted(wanted.rounds, 'round')}: about ${formatDuration(Math.max(1, Math.ceil((msARound * wanted.rounds) / 1_000)) * 1_000)}`,
      ),
  });
}

/** @throws CutoverError `UNKNOWN_REPOSITORY`: a misspelt one would be measured and looked for in vain */
function refuseUnknownRepositories(plan: Plan, { operations }: Bench): void {
  const known = Object.keys(plan.repositories);
  const unknown = operations.find(({ repository }) => !known.includes(repository));
  if (unknown === undefined) return;
  const near = suggest(unknown.repository, known);
  throw new CutoverError('UNKNOWN_REPOSITORY', `the plan has no repository "${unknown.repository}"`, {
    hint: near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`,
  });
}

function chosen({ operations }: Bench, only: readonly string[] | null): readonly number[] {
  const names = operations.map(({ name }) => name);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const near = suggest(unknown, names);
    throw new CutoverError('USAGE', `the benchmark has no operation "${unknown}"`, {
      hint: near === undefined ? `it has ${names.join(', ')}` : `did you mean "${near}"?`,
    });
  }
  return names.flatMap((name, index) => (only === null || only.includes(name) ? [index] : []));
}

/** What a reader of the numbers has to know. @param operations `null` where only some of them were wanted */
function notesOf(
  plan: Plan,
  operations: readonly OperationResult[] | null,
  saved: Saved | null,
): readonly string[] {
  const covered = operations?.map(({ name }) => name.slice(0, name.lastIndexOf('.')));
  const left = Object.keys(plan.repositories).filter((name) => covered?.includes(name) === false);
  const other = saved === null ? [] : differencesOf(thisMachine(), saved.machine);
  return [
    ...(left.length === 0 ? [] : [`not measured: ${left.join(', ')}`]),
    ...(saved === null || saved.plan === plan.id
      ? []
      : [`the times that were kept are of plan "${saved.plan}"`]),
    ...(other.length === 0 ? [] : [`the times that were kept are from elsewhere: ${other.join('; ')}`]),
  ];
}

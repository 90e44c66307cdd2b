import { resolve } from 'node:path';
import { type LoadedConfig, loadConfig } from '../../config/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import { findWeakHolds, lintPlan, lintTogether, type Finding } from '../../planlint/index.ts';
import type { Command, Context } from '../command.ts';
import { knownDayOne } from '../day-one.ts';
import { EXIT } from '../exit.ts';
import { answer, type Document } from '../io.ts';
import type { Paint } from '../paint.ts';
import { counted, wrap } from '../render/text.ts';
import { configOf } from '../session.ts';
import { takenElsewhere } from '../taken.ts';

export const planLint: Command = {
  name: 'plan lint',
  summary: 'What the plan says and cannot mean: contradictions, waits without end. Exit code 3 on errors.',
  arguments: [
    {
      name: 'config...',
      summary: 'plans that are on at the same time: they are compared with each other, too',
      optional: true,
    },
  ],
  options: [
    {
      flags: '--start-on <date>',
      summary: 'day 1 of the plan, for freezes (default: as its newest run has it)',
    },
  ],
  examples: [
    'cutover plan lint',
    'cutover plan lint --start-on 2026-11-24',
    'cutover plan lint --json',
    'cutover plan lint users/cutover.config.ts orders/cutover.config.ts',
  ],
  mutates: false,
  async run(context) {
    const { io, given } = context;
    const linted: Linted[] = [];
    for (const config of await configsOf(context)) {
      const taken = (await takenElsewhere(context, config)).map((message): Finding => ({
        rule: 'shared-repository',
        severity: 'error',
        where: 'the state file',
        message,
        fix: TAKEN_FIX,
      }));
      const findings = [
        ...taken,
        ...lintPlan(config.plan, await knownDayOne(context, config)),
        ...findWeakHolds(config.plan),
      ];
      linted.push({ plan: config.plan, file: config.file, hash: config.hash, findings });
    }
    const together = lintTogether(linted.map(({ plan }) => plan));
    const ok = [...linted.flatMap(({ findings }) => findings), ...together].every(
      ({ severity }) => severity !== 'error',
    );
    answer(io, documentOf(linted, together, ok, given.args.length > 1), () =>
      [
        ...linted.flatMap(({ plan, findings }) => [
          ...findings.flatMap((finding) => findingLines(finding, io.width, io.paint)),
          summary(plan.id, findings, io.paint),
        ]),
        ...together.flatMap((finding) => findingLines(finding, io.width, io.paint)),
      ].join('\n'),
    );
    return ok ? EXIT.ok : EXIT.findings;
  },
};

type Linted = Pick<LoadedConfig, 'plan' | 'file' | 'hash'> & { readonly findings: readonly Finding[] };

const TAKEN_FIX = 'take the other one back first, or give what they share another name in this plan';

/** The plans that were named, or the one that applies here. @throws CutoverError `USAGE` for one that was named twice */
async function configsOf(context: Context): Promise<readonly LoadedConfig[]> {
  const { given, cwd, clock } = context;
  if (given.args.length === 0) return [await configOf(context)];
  const files = given.args.map((path) => resolve(cwd, path));
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined)
    throw new CutoverError('USAGE', `${twice} is named twice`, { hint: 'name each plan once' });
  const configs: LoadedConfig[] = [];
  for (const file of files) configs.push(await loadConfig(file, clock));
  return configs;
}

function documentOf(
  linted: readonly Linted[],
  together: readonly Finding[],
  ok: boolean,
  many: boolean,
): Document {
  const schema = 'cutover.lint/1';
  const plans = linted.map(({ plan, file, hash, findings }) => ({ id: plan.id, file, hash, findings }));
  const [first] = linted;
  if (many || first === undefined) return { schema, ok, plans, together };
  return { schema, file: first.file, hash: first.hash, ok, findings: first.findings };
}

/** A finding for a terminal: what, where and why, and what to do. */
export function findingLines(
  { rule, severity, where, message, fix }: Finding,
  width: number,
  paint: Paint,
): readonly string[] {
  const mark = severity === 'error' ? paint('bad', '✖') : paint('warning', '!');
  return [
    `${mark} ${rule}, ${where}`,
    ...wrap(message, width, '    '),
    ...wrap(`Fix: ${fix}`, width, '    ').map((line) => paint('dim', line)),
  ];
}

function summary(id: string, findings: readonly Finding[], paint: Paint): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const count = `${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}`;
  return errors === 0 ? paint('good', `✔ ${id}: ${count}`) : paint('bad', `✖ ${id}: ${count}`);
}

import { lintPlan, type Finding } from '../../planlint/index.ts';
import type { Command } from '../command.ts';
import { knownDayOne } from '../day-one.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import type { Paint } from '../paint.ts';
import { counted, wrap } from '../render/text.ts';
import { configOf } from '../session.ts';

export const planLint: Command = {
  name: 'plan lint',
  summary: 'What the plan says and cannot mean: contradictions, waits without end. Exit code 3 on errors.',
  options: [
    {
      flags: '--start-on <date>',
      summary: 'day 1 of the plan, for freezes (default: as its newest run has it)',
    },
  ],
  examples: ['cutover plan lint', 'cutover plan lint --start-on 2026-11-24', 'cutover plan lint --json'],
  mutates: false,
  async run(context) {
    const config = await configOf(context);
    const { plan, hash, file } = config;
    const { io } = context;
    const findings = lintPlan(plan, await knownDayOne(context, config));
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    answer(io, { schema: 'cutover.lint/1', file, hash, ok: errors === 0, findings }, () =>
      [
        ...findings.flatMap((finding) => findingLines(finding, io.width, io.paint)),
        summary(plan.id, errors, findings.length - errors, io.paint),
      ].join('\n'),
    );
    return errors === 0 ? EXIT.ok : EXIT.findings;
  },
};

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

function summary(id: string, errors: number, warnings: number, paint: Paint): string {
  const count = `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
  return errors === 0 ? paint('good', `✔ ${id}: ${count}`) : paint('bad', `✖ ${id}: ${count}`);
}

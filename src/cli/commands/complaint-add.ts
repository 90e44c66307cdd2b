import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { countOf, textOption } from '../given.ts';
import { byOf, carryOut } from '../operation.ts';
import { writing } from '../session.ts';

export const complaintAdd: Command = {
  name: 'complaint add',
  summary: 'Count what users report by mail or telephone, for the row that judges it.',
  arguments: [{ name: 'count', summary: 'how many (default: 1)', optional: true }],
  options: [
    { flags: '--counter <name>', summary: 'another counter of the plan (default: complaints)' },
    DRY_RUN,
  ],
  examples: [
    'cutover complaint add --environment production --reason "ticket 4711: list is empty"',
    'cutover complaint add 3 --reason "three calls since noon"',
  ],
  mutates: true,
  run: (context) =>
    writing(context, (session) => {
      const { given } = context;
      const counter = textOption(given, 'counter') ?? 'complaints';
      const count = given.args[0] === undefined ? 1 : countOf(given.args[0], 'count');
      return carryOut(context, session, { kind: 'count', counter, count, ...byOf(context) });
    }),
};

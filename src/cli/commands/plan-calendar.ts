import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CutoverError } from '../../kernel/index.ts';
import { calendarOf } from '../../report/index.ts';
import { phaseDates } from '../../schedule/index.ts';
import type { Command } from '../command.ts';
import { knownDayOne } from '../day-one.ts';
import { EXIT } from '../exit.ts';
import { textOption } from '../given.ts';
import { answer } from '../io.ts';
import { counted } from '../render/text.ts';
import { configOf } from '../session.ts';

export const planCalendar: Command = {
  name: 'plan calendar',
  summary: 'The dates of phases and freezes as an iCalendar file (.ics), on standard output or in a file.',
  options: [
    { flags: '--start-on <date>', summary: 'day 1 of the plan (default: as its newest run has it)' },
    { flags: '--output <file>', summary: 'write it there' },
  ],
  examples: ['cutover plan calendar --start-on 2026-11-24 --output rollout.ics'],
  mutates: false,
  async run(context) {
    const config = await configOf(context);
    const { plan } = config;
    const { io, cwd, clock, given } = context;
    const dayOne = await knownDayOne(context, config);
    if (dayOne === null) {
      throw new CutoverError('USAGE', `plan "${plan.id}" has no dates before a run started`, {
        hint: 'add --start-on 2026-11-24',
      });
    }
    const entries = phaseDates(plan, dayOne).length + plan.freezes.length;
    if (entries === 0) {
      throw new CutoverError('USAGE', `plan "${plan.id}" has neither a day nor a freeze`, {
        hint: 'give phases a day: day: 8, or "week 2, day 4"',
      });
    }
    const calendar = calendarOf(plan, dayOne, clock.now());
    const output = textOption(given, 'output');
    if (output !== undefined) await writeFile(resolve(cwd, output), calendar);
    const document = { schema: 'cutover.calendar/1', dayOne, file: output ?? null, calendar } as const;
    if (output === undefined && !io.json) io.raw(calendar);
    else
      answer(io, document, () => `✔ ${output}: ${counted(entries, 'entry', 'entries')}, day 1 is ${dayOne}`);
    return EXIT.ok;
  },
};

import { CutoverError, suggest } from '../../kernel/index.ts';
import { readMismatches } from '../../report/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { mismatchText } from '../render/mismatches.ts';
import { reading } from '../session.ts';

export const mismatchesShow: Command = {
  name: 'mismatches show',
  summary: 'One group of differences: both sides, arguments, times, and the rule that would ignore it.',
  arguments: [{ name: 'id', summary: 'as `mismatches list` shows it' }],
  examples: ['cutover mismatches show 9f2c01ab --environment production'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream, plan, environment }) => {
      const { io, given } = context;
      const [id = ''] = given.args;
      const { groups } = await readMismatches(store, stream);
      const found = groups.filter((group) => group.id === id);
      if (found.length === 0) throw unknownGroup(id, [...new Set(groups.map((group) => group.id))]);
      answer(io, { schema: 'cutover.mismatch/1', migration: plan.id, environment, groups: found }, () =>
        found.map((group) => mismatchText(group, io.paint)).join('\n\n'),
      );
      return EXIT.ok;
    }),
};

function unknownGroup(id: string, known: readonly string[]): CutoverError {
  const near = suggest(id, known);
  return new CutoverError('USAGE', `there is no mismatch "${id}" in what the store keeps`, {
    hint:
      near === undefined
        ? 'see "cutover mismatches list"; it holds the last hour'
        : `did you mean "${near}"?`,
  });
}

import { CutoverError } from '../../kernel/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit.ts';
import { isOn, listOption, textOption } from '../given.ts';
import { readFolder } from '../init/folder.ts';
import { type Change, type Proposal, proposalFor } from '../init/proposal.ts';
import { writeChange } from '../init/write.ts';
import { answer, type Io } from '../io.ts';

export const init: Command = {
  name: 'init',
  summary: 'Look at this folder and write a first plan for it, npm scripts and a line in .gitignore.',
  options: [
    { flags: '--id <id>', summary: 'of the migration (default: what is replaced by what)' },
    { flags: '--repository <name>', summary: 'what is switched on its own', repeatable: true },
    { flags: '--force', summary: 'replace a cutover.config.ts that is there' },
    { flags: '--dry-run', summary: 'print what would be written, write nothing' },
  ],
  examples: ['cutover init', 'cutover init --id raw-sql-to-drizzle --repository user --repository order'],
  mutates: true,
  async run(context) {
    const { given, io, cwd } = context;
    refuseConfig(context);
    const proposal = proposalFor(readFolder(cwd), {
      id: textOption(given, 'id'),
      repositories: listOption(given, 'repository'),
      force: isOn(given, 'force'),
    });
    const isDry = isOn(given, 'dryRun');
    if (!isDry) for (const change of proposal.changes) writeChange(cwd, change);
    const { found, skipped, next, changes } = proposal;
    const written = changes.map(({ text, ...change }) => (isDry ? { ...change, text } : change));
    answer(io, { schema: 'cutover.init/1', dry: isDry, found, written, skipped, next }, () =>
      textOf(proposal, isDry, io),
    );
    return EXIT.ok;
  },
};

function refuseConfig({ given }: Context): void {
  if (textOption(given, 'config') === undefined) return;
  throw new CutoverError(
    'USAGE',
    'init takes no --config: it writes the configuration of the folder it is in',
    {
      hint: 'go to that folder and leave --config out',
    },
  );
}

function textOf({ found, changes, skipped, next }: Proposal, isDry: boolean, { paint }: Io): string {
  const { guess } = found;
  const layers = found.layers.map(({ name, by }) => `  ${name.padEnd(16)}${by.join(', ')}`);
  const done = changes.map((change) => paint('good', `${isDry ? '·' : '✔'} ${changeText(change, isDry)}`));
  return [
    layers.length === 0 ? 'Found no data layer that init knows.' : 'Found:',
    ...layers,
    ...(found.databases.length === 0 ? [] : [`  Databases:      ${found.databases.join(', ')}`]),
    `Plan: control is ${guess.control}, candidate is ${guess.candidate}${guess.open ? ' (a guess)' : ''}.`,
    ...(changes.length === 0 ? ['Everything is there already; nothing was written.'] : done),
    ...(isDry
      ? changes.flatMap(({ file, added }) => ['', `${file}:`, ...added.map((line) => `+ ${line}`)])
      : []),
    ...skipped.map((line) => paint('warning', `! ${line}`)),
    ...(isDry ? [''] : []),
    'Next:',
    ...next.map((step, index) => `  ${index + 1}. ${step}`),
  ].join('\n');
}

function changeText({ file, change, added }: Change, isDry: boolean): string {
  const what = change === 'edit' ? `: ${added.join(', ')}` : change === 'replace' ? ', replaced' : '';
  return `${file}${isDry ? ' would be written' : ' written'}${what}`;
}

import { CutoverError, suggest } from '../../kernel/index.ts';
import type { Command } from '../command.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { completionTable, type Place } from '../completion/table.ts';
import { zshScript } from '../completion/zsh.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';

const SCRIPTS: ReadonlyMap<string, (table: readonly Place[]) => string> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
]);
const SHELLS = [...SCRIPTS.keys()];

/** @param commands the table that this command is itself a row of */
export function completionOf(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: "A script that completes commands, options and the plan's names in a shell.",
    arguments: [{ name: 'shell', summary: SHELLS.join(', '), choices: SHELLS }],
    examples: [
      'cutover completion bash > ~/.local/share/bash-completion/completions/cutover',
      'cutover completion zsh > "${fpath[1]}/_cutover"',
      'cutover completion fish > ~/.config/fish/completions/cutover.fish',
    ],
    mutates: false,
    run: ({ given, io }) => {
      const [shell = ''] = given.args;
      const script = scriptFor(shell)(completionTable(commands()));
      answer(io, { schema: 'cutover.completion/1', shell, script }, () => script.trimEnd());
      return Promise.resolve(EXIT.ok);
    },
  };
}

/** @throws CutoverError `USAGE` with the nearest shell */
function scriptFor(shell: string): (table: readonly Place[]) => string {
  const script = SCRIPTS.get(shell);
  if (script !== undefined) return script;
  const meant = suggest(shell, SHELLS);
  throw new CutoverError('USAGE', `no script for the shell ${JSON.stringify(shell)}`, {
    hint: meant === undefined ? `one of ${SHELLS.join(', ')}` : `did you mean "${meant}"?`,
  });
}

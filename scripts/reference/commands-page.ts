import type { Argument, Command, Option } from '../../src/cli/command.ts';
import { GLOBAL_OPTIONS, usageOf } from '../../src/cli/program.ts';
import { page, table } from './markdown.ts';

const INTRODUCTION = `\`cutover <command> --help\` prints the same. What the exit codes mean is on [a page of its own](exit-codes.md), and
so is each [error](errors.md). A shell completes commands, options and the plan's names once it has been
[told how](#completion).`;

/** A section for each command, in the order in which help lists them. */
export function commandsPage(commands: readonly Command[]): string {
  const shown = commands.filter(({ hidden }) => hidden !== true);
  const list = shown.map(({ name, summary }) => [`[\`${name}\`](#${name.replaceAll(' ', '-')})`, summary]);
  return page('Commands', 'the table of commands in `src/cli/commands`', [
    INTRODUCTION,
    table(['command', 'what it does'], list),
    '## Options that every command takes',
    optionTable(GLOBAL_OPTIONS),
    ...shown.map((command) => section(command, usageOf(commands, command.name))),
  ]);
}

function section(
  { name, summary, arguments: args, options, examples, mutates }: Command,
  usage: string,
): string {
  return [
    `## ${name}`,
    `\`${usage}\``,
    `${summary}${mutates ? ' Refused with `--read-only`.' : ''}`,
    ...(args === undefined ? [] : [argumentTable(args)]),
    ...(options === undefined ? [] : [optionTable(options)]),
    ['```sh', ...examples, '```'].join('\n'),
  ].join('\n\n');
}

function argumentTable(args: readonly Argument[]): string {
  const rows = args.map(({ name, summary, optional }) => {
    const { text, byDefault } = withoutDefault(summary);
    return [`\`${name}\``, text, optional === true ? byDefault : 'needed'];
  });
  return table(['argument', 'meaning', 'default'], rows);
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map(({ flags, summary, repeatable }) => {
    const { text, byDefault } = withoutDefault(summary);
    const again = repeatable === true && !text.includes('(repeatable)') ? ' (repeatable)' : '';
    return [`\`${flags}\``, `${text}${again}`, byDefault];
  });
  return table(['option', 'meaning', 'default'], rows);
}

/** Summaries end with `(default: …)` where there is one. */
function withoutDefault(summary: string): { readonly text: string; readonly byDefault: string } {
  const [whole = '', byDefault = ''] = / \(default: ([^()]*)\)/.exec(summary) ?? [];
  return { text: summary.replace(whole, ''), byDefault };
}

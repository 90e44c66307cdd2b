import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander';
import { CutoverError, suggest } from '../kernel/index.ts';
import type { Command, Option } from './command.ts';
import type { Given, OptionValue } from './given.ts';

/** Options that every command takes. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  { flags: '--config <file>', summary: 'the plan (default: the nearest cutover.config.ts)' },
  {
    flags: '--environment <name>',
    summary: 'which environment (default: the only one, or the one with a run)',
  },
  {
    flags: '--store <place>',
    summary:
      "the state file, or postgres:VARIABLE for the PostgreSQL whose address it has, instead of the plan's",
  },
  { flags: '--actor <name>', summary: 'who acts, for the log (default: CUTOVER_ACTOR, or the OS user)' },
  { flags: '--reason <text>', summary: 'why, for the log' },
  { flags: '--confirm <plan id>', summary: 'needed to change something in a protected environment' },
  { flags: '--read-only', summary: 'refuse whatever changes something (also: CUTOVER_READ_ONLY=1)' },
  { flags: '--json', summary: 'print a versioned document' },
  { flags: '--debug', summary: 'show stacks' },
];

/** What the words before a command's own are about. */
const SUBJECTS: Readonly<Record<string, string>> = {
  baseline: 'What later measures are compared with',
  complaint: 'What users report',
  flag: 'Feature flags',
  gate: 'What keeps a run from going on',
  mismatches: 'What the shadow found',
  plan: 'The plan',
  state: 'The state file',
  token: 'Who may do what on "cutover serve"',
};

/** `The plan: show, lint.` */
export function groupSummary(commands: readonly Command[], group: string): string {
  return `${SUBJECTS[group] ?? group}: ${namesUnder([group], commands).join(', ')}.`;
}

/** What was typed: a command with its values, or a text to print (help, version) and the code to end with. */
export type Parsed =
  | { readonly kind: 'command'; readonly command: Command; readonly given: Given }
  | { readonly kind: 'print'; readonly text: string };

/**
 * Reads a command line against the table of commands.
 *
 * @throws CutoverError `USAGE` with a suggestion
 */
export async function parseCommandLine(
  commands: readonly Command[],
  argv: readonly string[],
  about: { readonly version: string; readonly width: number },
): Promise<Parsed> {
  let parsed: Parsed | undefined;
  const printed: string[] = [];
  const program = build(commands, about, printed, (command, given) => {
    parsed = { kind: 'command', command, given };
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) {
      if (error.code !== 'commander.help') throw usageError(error, program, argv, commands);
      helpInstead(program, argv);
    }
  }
  return parsed ?? { kind: 'print', text: printed.join('') };
}

/** `cutover flag set [options] <flag> <value>`, as help prints it. */
export function usageOf(commands: readonly Command[], name: string): string {
  const program = build(commands, { version: '', width: 80 }, [], () => {});
  const command = commandAt(program, name.split(' '));
  return command.createHelp().commandUsage(command);
}

type OnCommand = (command: Command, given: Given) => void;

type Building = {
  readonly commands: readonly Command[];
  readonly width: number;
  /** Where help and version go. */
  readonly printed: string[];
  readonly onCommand: OnCommand;
};

function build(
  commands: readonly Command[],
  about: { readonly version: string; readonly width: number },
  printed: string[],
  onCommand: OnCommand,
): Commander {
  const program = prepared(new Commander('cutover'), { width: about.width, printed })
    .description('Runs a written production rollout plan for a data-layer change, and takes it back.')
    .version(about.version)
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 failed, 2 usage, 3 findings, 4 needs confirmation,\n5 rolled back, 6 timed out, 130 interrupted.',
    );
  for (const option of GLOBAL_OPTIONS) program.addOption(toCommander(option));
  const building = { commands, width: about.width, printed, onCommand };
  for (const command of commands) addCommand(program, command, building);
  return program;
}

function prepared(command: Commander, { width, printed }: Pick<Building, 'width' | 'printed'>): Commander {
  return command
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void printed.push(text),
      writeErr: () => {},
      getOutHelpWidth: () => width,
    });
}

function addCommand(program: Commander, command: Command, building: Building): void {
  const [first = '', second] = command.name.split(' ');
  const parent = second === undefined ? program : groupOf(program, first, building);
  const added = prepared(
    parent.command(second ?? first, { hidden: command.hidden === true }),
    building,
  ).description(command.summary);
  for (const { name: argument, summary, optional } of command.arguments ?? []) {
    added.argument(optional === true ? `[${argument}]` : `<${argument}>`, summary);
  }
  for (const option of command.options ?? []) added.addOption(toCommander(option));
  added.addHelpText(
    'after',
    `\nExamples:\n${command.examples.map((example) => `  $ ${example}`).join('\n')}`,
  );
  added.action(() => building.onCommand(command, { args: added.args, options: valuesOf(added) }));
}

function groupOf(program: Commander, name: string, building: Building): Commander {
  const known = program.commands.find((one) => one.name() === name);
  if (known !== undefined) return known;
  return prepared(program.command(name), building).description(groupSummary(building.commands, name));
}

/** Nothing to run was typed: say what there is. Half a command is a mistake all the same. */
function helpInstead(program: Commander, argv: readonly string[]): void {
  const at = commandAt(program, argv);
  if (at === program) return program.outputHelp();
  const name = pathOf(at).join(' ');
  throw new CutoverError('USAGE', `cutover ${name} needs a command`, {
    hint: `one of ${at.commands.map((one) => `cutover ${name} ${one.name()}`).join(', ')}`,
  });
}

function toCommander({ flags, summary, repeatable }: Option): CommanderOption {
  const option = new CommanderOption(flags, summary);
  if (repeatable !== true) return option;
  return option.argParser((value: string, before: unknown) => [
    ...(Array.isArray(before) ? before : []),
    value,
  ]);
}

/** Commander's values are untyped; here they become ours. */
function valuesOf(command: Commander): Readonly<Record<string, OptionValue>> {
  return command.optsWithGlobals<Record<string, OptionValue>>();
}

function usageError(
  error: CommanderError,
  program: Commander,
  argv: readonly string[],
  commands: readonly Command[],
): CutoverError {
  const message = error.message.replace(/^error: /, '');
  const typed = (/got \d+: ([^,]+?)[,.]/.exec(message) ?? /'([^']+)'/.exec(message))?.[1];
  return new CutoverError('USAGE', message, { hint: usageHint(error.code, typed, program, argv, commands) });
}

function usageHint(
  code: string,
  typed: string | undefined,
  program: Commander,
  argv: readonly string[],
  commands: readonly Command[],
): string {
  const at = commandAt(program, argv);
  const help = `see cutover ${[...pathOf(at), '--help'].join(' ')}`;
  const option = typed?.split('=')[0];
  const known =
    code === 'commander.unknownOption'
      ? [...at.options, ...program.options].flatMap(({ long }) => (long === undefined ? [] : [long]))
      : code === 'commander.unknownCommand' || code === 'commander.excessArguments'
        ? namesUnder(pathOf(at), commands)
        : [];
  const meant = option === undefined ? undefined : suggest(option, known);
  return meant === undefined ? help : `did you mean "${meant}"? Otherwise ${help}`;
}

/** The words that may stand behind a group's name. */
function namesUnder(path: readonly string[], commands: readonly Command[]): readonly string[] {
  const words = commands.filter(({ hidden }) => hidden !== true).map(({ name }) => name.split(' '));
  const inside = words.filter((name) => path.every((word, index) => name[index] === word));
  return inside.flatMap((name) => name[path.length] ?? []);
}

/** The command or group that the words typed so far lead to. */
function commandAt(program: Commander, argv: readonly string[]): Commander {
  return argv.reduce((at, word) => at.commands.find((one) => one.name() === word) ?? at, program);
}

function pathOf(command: Commander): readonly string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}

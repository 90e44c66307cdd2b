import type { Argument, Command, Option } from '../command.ts';
import { GLOBAL_OPTIONS, groupSummary } from '../program.ts';
import { type NameKind } from './names.ts';

/** What may stand where a value is expected. */
export type Source =
  /** Names of the plan, asked for when they are needed. */
  | { readonly kind: 'names'; readonly of: NameKind }
  | { readonly kind: 'choices'; readonly values: readonly string[] }
  | { readonly kind: 'files' }
  /** Only the person knows. */
  | { readonly kind: 'free' };

/** A word or an option to offer. */
export type Offer = { readonly word: string; readonly summary: string };

/** A place on the command line: behind `cutover`, behind a group, or behind a command. */
export type Place = {
  /** `''`, `flag`, `flag set`. */
  readonly path: string;
  readonly words: readonly Offer[];
  readonly options: readonly (Offer & { readonly value: Source | null })[];
  readonly arguments: readonly Source[];
};

/** What every shell's script is made from: each place, and what can be typed there. */
export function completionTable(commands: readonly Command[]): readonly Place[] {
  const shown = commands.filter(({ hidden }) => hidden !== true);
  const groups = new Set(shown.flatMap(({ name }) => (name.includes(' ') ? [name.replace(/ .*/, '')] : [])));
  const groupPlaces = [...groups].filter((group) => shown.every(({ name }) => name !== group));
  return [
    placeOf(shown, '', undefined),
    ...groupPlaces.map((group) => placeOf(shown, group, undefined)),
    ...shown.map((command) => placeOf(shown, command.name, command)),
  ];
}

function placeOf(commands: readonly Command[], path: string, command: Command | undefined): Place {
  const help = { word: '--help', summary: 'what there is to type', value: null };
  const version = { word: '--version', summary: 'the version of cutover', value: null };
  return {
    path,
    words: wordsBehind(commands, path),
    options: [
      ...[...(command?.options ?? []), ...GLOBAL_OPTIONS].map(optionOffer),
      help,
      ...(path === '' ? [version] : []),
    ],
    arguments: (command?.arguments ?? []).map(sourceOfArgument),
  };
}

/** The words that may follow: those of commands, and of groups of them. */
function wordsBehind(commands: readonly Command[], path: string): readonly Offer[] {
  const before = path === '' ? '' : `${path} `;
  const words = new Map<string, string>();
  for (const { name, summary } of commands) {
    if (!name.startsWith(before) || name === path) continue;
    const [word = '', more] = name.slice(before.length).split(' ');
    if (more === undefined) words.set(word, summary);
    else if (!words.has(word)) words.set(word, groupSummary(commands, word));
  }
  return [...words].map(([word, summary]) => ({ word, summary }));
}

const NAMED: Readonly<Record<string, NameKind>> = {
  '--environment': 'environments',
  '--repository': 'repositories',
};

function optionOffer({ flags, summary }: Option): Offer & { readonly value: Source | null } {
  const [word = '', placeholder] = flags.split(/ (.*)/);
  return { word, summary, value: placeholder === undefined ? null : sourceOfOption(word, placeholder) };
}

function sourceOfOption(word: string, placeholder: string): Source {
  const of = NAMED[word];
  if (of !== undefined) return { kind: 'names', of };
  return placeholder === '<file>' ? { kind: 'files' } : { kind: 'free' };
}

function sourceOfArgument({ name, choices }: Argument): Source {
  if (choices !== undefined) return { kind: 'choices', values: choices };
  if (name === 'flag') return { kind: 'names', of: 'flags' };
  return name === 'file' ? { kind: 'files' } : { kind: 'free' };
}

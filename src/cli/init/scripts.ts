import { membersOf, type MemberText } from './json-text.ts';

export type ScriptsEdit = {
  readonly text: string;
  readonly added: readonly string[];
  /** Scripts of that name that do something else; they are left as they are. */
  readonly taken: readonly string[];
};

type Member = readonly [name: string, command: string];

/**
 * Adds scripts to the text of a package.json and touches nothing else of it: order, indentation and line ends stay.
 * `null` when its `scripts` is no object. The text is known to be a JSON object.
 */
export function withScripts(text: string, wanted: Readonly<Record<string, string>>): ScriptsEdit | null {
  const top = membersOf(text, 0);
  // The last one of a name counts, as in JSON.parse.
  const scripts = top.findLast(({ key }) => key === 'scripts');
  if (scripts === undefined) {
    const added = Object.entries(wanted);
    const all = objectText(added, text, 1);
    return {
      text: insert(text, 0, top, [['scripts', all]], 0),
      added: added.map(([name]) => name),
      taken: [],
    };
  }
  if (text[scripts.valueAt] !== '{') return null;
  const there = membersOf(text, scripts.valueAt);
  const valueOf = (name: string): string | undefined => {
    const found = there.findLast(({ key }) => key === name);
    return found === undefined ? undefined : text.slice(found.valueAt, found.end);
  };
  const added = Object.entries(wanted).filter(([name]) => valueOf(name) === undefined);
  const taken = Object.entries(wanted).filter(([name, command]) => {
    const value = valueOf(name);
    return value !== undefined && JSON.parse(value) !== command;
  });
  const members = added.map(([name, command]): Member => [name, JSON.stringify(command)]);
  return {
    text: insert(text, scripts.valueAt, there, members, 1),
    added: added.map(([name]) => name),
    taken: taken.map(([name]) => name),
  };
}

export type ScriptsRemoval = {
  readonly text: string;
  readonly removed: readonly string[];
  /** Scripts of that name that do something else by now. */
  readonly edited: readonly string[];
};

/**
 * Takes scripts out of the text of a package.json, and `scripts` with them when nothing is left in it; what does something
 * else stays. The reverse of `withScripts`, to the letter.
 */
export function withoutScripts(text: string, ours: Readonly<Record<string, string>>): ScriptsRemoval {
  const scripts = membersOf(text, 0).findLast(({ key }) => key === 'scripts');
  if (scripts === undefined || text[scripts.valueAt] !== '{') return { text, removed: [], edited: [] };
  const there = membersOf(text, scripts.valueAt);
  const isOurs = ({ key, valueAt, end }: MemberText): boolean =>
    Object.hasOwn(ours, key) && JSON.parse(text.slice(valueAt, end)) === ours[key];
  const removed = there.filter(isOurs).map(({ key }) => key);
  const edited = there
    .filter((member) => Object.hasOwn(ours, member.key) && !isOurs(member))
    .map(({ key }) => key);
  if (removed.length === 0) return { text, removed, edited };
  const isAll = removed.length === there.length;
  const cut = isAll
    ? keeping(text, 0, ({ key }) => key !== 'scripts')
    : keeping(text, scripts.valueAt, (member) => !isOurs(member));
  return { text: cut, removed, edited };
}

/** The text with only these members in the object at a place; each keeps what stands before it. */
function keeping(text: string, objectAt: number, keep: (member: MemberText) => boolean): string {
  const members = membersOf(text, objectAt);
  const open = text.indexOf('{', objectAt) + 1;
  const last = members.at(-1);
  if (last === undefined) return text;
  const kept = members.flatMap((member, index) => {
    const before = members[index - 1];
    const from = before === undefined ? open : text.indexOf(',', before.end) + 1;
    return keep(member) ? [text.slice(from, member.end)] : [];
  });
  const rest = kept.length === 0 ? text.slice(text.indexOf('}', last.end)) : text.slice(last.end);
  return text.slice(0, open) + kept.join(',') + rest;
}

/** Behind the last member, written as that one is; `members` are names with the text of their values. */
function insert(
  text: string,
  objectAt: number,
  there: readonly MemberText[],
  members: readonly Member[],
  depth: number,
): string {
  if (members.length === 0) return text;
  const last = there.at(-1);
  if (last === undefined) {
    const open = text.indexOf('{', objectAt);
    const close = text.indexOf('}', open);
    return text.slice(0, open) + bracketed(members, text, depth) + text.slice(close + 1);
  }
  const lead = last.lead.slice(Math.max(0, last.lead.search(/\r?\n[ \t]*$/)));
  const added = members
    .map(([name, value]) => `,${lead}${JSON.stringify(name)}${last.colon}${value}`)
    .join('');
  return text.slice(0, last.end) + added + text.slice(last.end);
}

function objectText(commands: readonly Member[], text: string, depth: number): string {
  return bracketed(
    commands.map(([name, command]) => [name, JSON.stringify(command)]),
    text,
    depth,
  );
}

/** An object as the rest of the text is written: with its indentation and line ends, or all on one line. */
function bracketed(members: readonly Member[], text: string, depth: number): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const isOneLine = !text.trim().includes('\n');
  const unit = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const isEmpty = /^[\s\uFEFF]*\{\s*\}\s*$/.test(text);
  if (isOneLine && !isEmpty)
    return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
  const lines = members.map(([name, value]) => `${unit.repeat(depth + 1)}${JSON.stringify(name)}: ${value}`);
  return `{${eol}${lines.join(`,${eol}`)}${eol}${unit.repeat(depth)}}`;
}

import type { Starter } from './starter.ts';

const WIDTH = 110;

type Notes = Starter['notes'];

/** The text of a `cutover.config.ts`. It is printed from the data that was checked, so the two cannot differ. */
export function configText({ plan, notes }: Pick<Starter, 'plan' | 'notes'>): string {
  return `import { defineCutover } from 'cutover';\n\nexport default defineCutover(${block(Object.entries(plan), 0, notes)});\n`;
}

/** An object with a member a line, each below what a person should know of it. */
function block(members: readonly (readonly [string, unknown])[], depth: number, notes: Notes = {}): string {
  const indent = '  '.repeat(depth + 1);
  const lines = members.flatMap(([key, value]) => {
    const head = `${indent}${keyText(key)}: `;
    const comments = (notes[key] ?? []).map((note) => `${indent}// ${note}`);
    return [...comments, `${head}${fitted(value, head.length, depth + 1)},`];
  });
  return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
}

/** On one line where it fits behind `used` columns, else a member or an entry a line. */
function fitted(value: unknown, used: number, depth: number): string {
  const text = inline(value);
  if (used + text.length < WIDTH && !holdsLists(value)) return text;
  if (Array.isArray(value)) {
    const indent = '  '.repeat(depth + 1);
    const entries = value.map((entry) => `${indent}${fitted(entry, indent.length, depth + 1)},`);
    return `[\n${entries.join('\n')}\n${'  '.repeat(depth)}]`;
  }
  return typeof value === 'object' && value !== null ? block(Object.entries(value), depth) : text;
}

/** Lists of objects are read line by line. */
function holdsLists(value: unknown): boolean {
  return Array.isArray(value) && value.some((entry) => typeof entry === 'object' && entry !== null);
}

function inline(value: unknown): string {
  if (typeof value === 'string') return stringText(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([key, member]) => `${keyText(key)}: ${inline(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function keyText(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? key : stringText(key);
}

function stringText(text: string): string {
  const json = JSON.stringify(text);
  return /['\\]/.test(json) ? json : `'${json.slice(1, -1)}'`;
}

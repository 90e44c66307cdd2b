import { page, table } from './markdown.ts';
import type { Doc, Member, PlanTypes, Shape } from './plan-input.ts';

const INTRODUCTION = `What \`cutover.config.ts\` may hold: data, without functions and classes. \`[]\` in a path is an entry of
a list, \`<name>\` a name of your choice. An unknown key is an error that names the nearest known one.
\`cutover plan show\` prints a plan with every default filled in.`;

const ROOT = 'PlanInput';

/** What a type amounts to: keys that are always there, and groups of which one applies. */
type Content = { readonly members: readonly Member[]; readonly variants: readonly Variant[] };
type Variant = { readonly doc: Doc; readonly members: readonly Member[] };

/** A table for each named type of the plan, with the path of every key. */
export function configurationPage(types: PlanTypes): string {
  const paths = pathsOf(types);
  const sections = [...paths].map(([name, path]) => section(types, paths, name, path));
  return page('Configuration', 'the comments in `src/plan/input.ts`', [INTRODUCTION, ...sections]);
}

/** Where each named type is met first, in the order of the plan. */
function pathsOf(types: PlanTypes): ReadonlyMap<string, string> {
  const paths = new Map<string, string>([[ROOT, '']]);
  for (const [name, path] of paths) {
    const { members, variants } = contentOf(types, { kind: 'word', text: name });
    for (const member of [...members, ...variants.flatMap((variant) => variant.members)]) {
      for (const met of namesIn(types, member.shape, joined(path, member.key))) {
        if (!paths.has(met.name)) paths.set(met.name, met.path);
      }
    }
  }
  return paths;
}

type Met = { readonly name: string; readonly path: string };

function namesIn(types: PlanTypes, shape: Shape, path: string): readonly Met[] {
  switch (shape.kind) {
    case 'word':
      return types.has(shape.text) ? [{ name: shape.text, path }] : [];
    case 'list':
      return namesIn(types, shape.of, `${path}[]`);
    case 'record':
      return namesIn(types, shape.of, `${path}.<name>`);
    case 'object':
      return shape.members.flatMap((one) => namesIn(types, one.shape, joined(path, one.key)));
    case 'union':
      return shape.variants.flatMap((one) => namesIn(types, one.shape, path));
    case 'all':
      return shape.parts.flatMap((one) => namesIn(types, one, path));
  }
}

function contentOf(types: PlanTypes, shape: Shape): Content {
  switch (shape.kind) {
    case 'object':
      return { members: shape.members, variants: [] };
    case 'word': {
      const named = types.get(shape.text);
      return named === undefined ? { members: [], variants: [] } : contentOf(types, named.shape);
    }
    case 'all': {
      const parts = shape.parts.map((part) => contentOf(types, part));
      return {
        members: parts.flatMap(({ members }) => members),
        variants: parts.flatMap(({ variants }) => variants),
      };
    }
    case 'union': {
      const variants = shape.variants.map(({ shape: one, doc }): Variant => {
        const own = one.kind === 'word' ? (types.get(one.text)?.doc ?? doc) : doc;
        return { doc: doc.meaning === '' ? own : doc, members: contentOf(types, one).members };
      });
      return { members: [], variants: variants.filter(({ members }) => members.length > 0) };
    }
    case 'list':
    case 'record':
      return { members: [], variants: [] };
  }
}

type Paths = ReadonlyMap<string, string>;

function section(types: PlanTypes, paths: Paths, name: string, path: string): string {
  const { members, variants } = contentOf(types, { kind: 'word', text: name });
  const meaning = types.get(name)?.doc.meaning ?? '';
  return [
    `## ${headingOf(path)}`,
    ...(meaning === '' ? [] : [meaning]),
    ...(members.length === 0 ? [] : [tableOf(types, paths, members, path)]),
    ...variants.flatMap((variant) => [
      `### ${variantName(variant)}`,
      ...(variant.doc.meaning === '' ? [] : [variant.doc.meaning]),
      tableOf(types, paths, variant.members, path),
    ]),
  ].join('\n\n');
}

function headingOf(path: string): string {
  return path === '' ? 'The plan' : `\`${path}\``;
}

/** What tells it from the others: its `kind`. */
function variantName({ members }: Variant): string {
  const kind = members.find(({ key }) => key === 'kind')?.shape;
  return `\`kind: ${kind?.kind === 'word' ? kind.text : '…'}\``;
}

function tableOf(types: PlanTypes, paths: Paths, members: readonly Member[], path: string): string {
  const isKind = ({ key }: Member): boolean => key === 'kind';
  const ordered = [...members.filter(isKind), ...members.filter((one) => !isKind(one))];
  const rows = ordered.flatMap((member) => rowsOf(types, paths, member, path));
  return table(['key', 'type', 'default', 'meaning'], rows);
}

/** A row for the key, and one for each key of an object without a name of its own. */
function rowsOf(types: PlanTypes, paths: Paths, member: Member, path: string): readonly string[][] {
  const { key, shape, doc, isOptional } = member;
  const at = joined(path, key);
  const row = [`\`${at}\``, wordsFor(paths, shape), defaultOf(doc, isOptional), doc.meaning];
  const inner = innermost(shape, at);
  if (inner.shape.kind !== 'object') return [row];
  return [row, ...inner.shape.members.flatMap((one) => rowsOf(types, paths, one, inner.path))];
}

function innermost(shape: Shape, path: string): { readonly shape: Shape; readonly path: string } {
  if (shape.kind === 'list') return innermost(shape.of, `${path}[]`);
  if (shape.kind === 'record') return innermost(shape.of, `${path}.<name>`);
  return { shape, path };
}

function defaultOf({ byDefault }: Doc, isOptional: boolean): string {
  if (byDefault === null) return isOptional ? '' : 'needed';
  return /^(?:'[^']*'|[\d.]+|true|false|\{.*\}|\[.*\])$/.test(byDefault) ? `\`${byDefault}\`` : byDefault;
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  boolean: '`true` or `false`',
  null: '`null`',
  Duration: "time, such as `'90s'`",
  Quantity: "number, or text such as `'0.5%'`",
};

function wordsFor(paths: Paths, shape: Shape): string {
  switch (shape.kind) {
    case 'word': {
      const path = paths.get(shape.text);
      if (path !== undefined) return linkTo(nameOf(shape.text), path);
      return WORDS[shape.text] ?? `\`${shape.text}\``;
    }
    case 'list':
      return `list of ${manyOf(paths, shape.of)}`;
    case 'record':
      return `${manyOf(paths, shape.of)} by name`;
    case 'union': {
      const words = shape.variants.map((variant) => wordsFor(paths, variant.shape));
      return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
    }
    case 'object':
    case 'all':
      return 'object';
  }
}

function manyOf(paths: Paths, shape: Shape): string {
  if (shape.kind === 'object') return 'objects';
  if (shape.kind === 'list') return `lists of ${manyOf(paths, shape.of)}`;
  const path = shape.kind === 'word' ? paths.get(shape.text) : undefined;
  if (shape.kind !== 'word' || path === undefined) return wordsFor(paths, shape);
  return linkTo(`${nameOf(shape.text)}s`.replace(/ys$/, 'ies'), path);
}

/** `FlagNameInput` is a flag name. */
function nameOf(type: string): string {
  return type
    .replace(/Input$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
}

/** As sites make anchors of headings: without signs. */
function linkTo(text: string, path: string): string {
  const anchor = headingOf(path)
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
  return `[${text}](#${anchor})`;
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

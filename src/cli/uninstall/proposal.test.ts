import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Folder } from '../init/folder.ts';
import { proposalFor } from '../init/proposal.ts';
import { uninstallProposal } from './proposal.ts';

const EMPTY: Folder = { packageJson: null, gitignore: null, configs: {}, files: {}, nodeSqlite: null };
const PLAN = { id: 'raw-sql-to-drizzle', repositories: ['user'] };

/** A folder after changes. */
function changed(
  folder: Folder,
  changes: readonly { readonly file: string; readonly text: string | null }[],
): Folder {
  return changes.reduce((at, { file, text }): Folder => {
    if (file === 'package.json') return { ...at, packageJson: text };
    if (file === '.gitignore') return { ...at, gitignore: text };
    const { [file]: _, ...configs } = at.configs;
    return { ...at, configs: text === null ? configs : { ...configs, [file]: text } };
  }, folder);
}

const initialised = (folder: Folder, repositories: readonly string[] | null = null): Folder =>
  changed(folder, proposalFor(folder, { id: undefined, repositories, force: false }).changes);

const eol = fc.constantFrom('\n', '\r\n');
const manifest = fc
  .tuple(
    fc.dictionary(fc.constantFrom('start', 'test', 'build', 'a"b'), fc.string(), { maxKeys: 3 }),
    fc.boolean(),
    fc.constantFrom(0, 2, 4, '\t'),
    eol,
  )
  .map(([scripts, has, indent, end]) => {
    // An empty object would be taken for one that init made.
    const own = has && Object.keys(scripts).length > 0 ? { scripts } : {};
    return `${JSON.stringify({ name: 'shop', ...own, dependencies: { pg: '8' } }, null, indent)}\n`.replaceAll(
      '\n',
      end,
    );
  });
const ignored = fc.option(
  fc
    .array(fc.constantFrom('node_modules', 'dist', '# ours', ''), { maxLength: 3 })
    .map((lines) => `x\n${lines.join('\n')}`),
);

describe('uninstall', () => {
  it('leaves a folder as it was before init, to the letter', () => {
    fc.assert(
      fc.property(
        fc.option(manifest),
        ignored,
        fc.constantFrom(null, ['user']),
        (packageJson, gitignore, named) => {
          const before: Folder = { ...EMPTY, packageJson, gitignore };
          const after = initialised(before, named);
          const config = Object.values(after.configs)[0] ?? '';
          const id = /id: '([^']+)'/.exec(config)?.[1] ?? '';
          const { removals, left } = uninstallProposal(after, { id, repositories: ['user'] }, false);
          expect(left).toEqual([]);
          const now = changed(after, removals);
          expect(now.configs).toEqual({});
          expect(now.packageJson).toBe(before.packageJson);
          // init ends the last line, and that stays.
          expect(now.gitignore?.trimEnd()).toBe(before.gitignore?.trimEnd());
          expect(uninstallProposal(now, null, false)).toEqual({ removals: [], left: [] });
        },
      ),
    );
  });

  it('leaves what was edited, and names it', () => {
    const folder = initialised({ ...EMPTY, packageJson: '{ "name": "shop" }', gitignore: 'dist\n' });
    const [file = ''] = Object.keys(folder.configs);
    const text = folder.configs[file] ?? '';
    const edited = {
      ...folder,
      configs: { [file]: text.replace('2h', '3h') },
      packageJson: (folder.packageJson ?? '').replace('"cutover status"', '"cutover status --watch"'),
    };
    const { removals, left } = uninstallProposal(edited, PLAN, false);
    expect(removals.map(({ file: name, what }) => `${name}: ${what}`)).toEqual([
      'package.json: scripts "cutover"',
      '.gitignore: the line .cutover/',
    ]);
    expect(left.map(({ file: name }) => name)).toEqual([file, 'package.json']);
    expect(changed(edited, removals).packageJson).toContain('"cutover status --watch"');
  });

  it('keeps the state ignored while it is there, and a configuration that nobody could read', () => {
    const folder = initialised({ ...EMPTY, gitignore: 'dist\n' });
    const { removals, left } = uninstallProposal(folder, null, true);
    expect(removals).toEqual([]);
    expect(left.map(({ file }) => file)).toEqual([Object.keys(folder.configs)[0], '.gitignore']);
  });
});

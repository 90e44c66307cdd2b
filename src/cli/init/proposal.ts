import { CutoverError } from '../../kernel/index.ts';
import { configText } from './config-text.ts';
import { findIn, type Found } from './found.ts';
import type { Folder } from './folder.ts';
import type { Guess } from './guess.ts';
import { withIgnored } from './ignored.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import { withScripts } from './scripts.ts';
import { starterFor, type Wishes } from './starter.ts';

/** A file as it will be. `added` are the lines that are new in it. */
export type Change = {
  readonly file: string;
  readonly change: 'create' | 'replace' | 'edit';
  readonly text: string;
  readonly added: readonly string[];
};

/** All that `init` found and would do. Carrying it out is writing `changes`; doing that twice changes nothing. */
export type Proposal = {
  readonly found: Found & { readonly guess: Guess };
  readonly changes: readonly Change[];
  /** What was left undone, and why. */
  readonly skipped: readonly string[];
  readonly next: readonly string[];
};

export type InitWishes = Wishes & { readonly force: boolean };

export const SCRIPTS: Readonly<Record<string, string>> = {
  cutover: 'cutover',
  'cutover:status': 'cutover status',
};

/** @throws CutoverError `USAGE`: another configuration is there, package.json is no JSON, an id that is none */
export function proposalFor(folder: Folder, wishes: InitWishes): Proposal {
  const manifest = folder.packageJson === null ? null : parseManifest(folder.packageJson);
  const found = findIn(folder, manifest);
  const starter = starterFor(found, wishes);
  const config = configChange(folder, configFile(manifest), configText(starter), wishes.force);
  const scripts = scriptsChange(folder.packageJson);
  return {
    found: { ...found, guess: starter.guess },
    changes: [...config, ...scripts.changes, ...ignoreChange(folder.gitignore)],
    skipped: scripts.skipped,
    next: nextSteps(configFile(manifest), manifest),
  };
}

/** A package that says `commonjs` would have an `import` in a `.ts` refused. */
function configFile(manifest: Manifest | null): string {
  return manifest?.type === 'commonjs' ? 'cutover.config.mts' : 'cutover.config.ts';
}

function configChange({ configs }: Folder, file: string, text: string, force: boolean): readonly Change[] {
  const other = Object.keys(configs).find((name) => name !== file);
  if (other !== undefined) throw isThere(other, `remove it first; ${file} beside it would be a second plan`);
  const before = configs[file];
  if (before === text) return [];
  if (before === undefined) return [{ file, change: 'create', text, added: linesOf(text) }];
  if (!force) throw isThere(file, 'check it: cutover plan validate; or write it anew: cutover init --force');
  return [{ file, change: 'replace', text, added: linesOf(text) }];
}

function isThere(file: string, hint: string): CutoverError {
  return new CutoverError('USAGE', `there is a ${file} already; nothing was written`, {
    hint,
    details: { file },
  });
}

function scriptsChange(text: string | null): Pick<Proposal, 'changes' | 'skipped'> {
  if (text === null)
    return { changes: [], skipped: ['no scripts were added: there is no package.json in this folder'] };
  const edit = withScripts(text, SCRIPTS);
  if (edit === null)
    return { changes: [], skipped: ['no scripts were added: "scripts" of package.json is no object'] };
  const skipped = edit.taken.map(
    (name) => `script "${name}" is left as it is: it does something else already`,
  );
  const added = edit.added.map((name) => `"${name}": ${JSON.stringify(SCRIPTS[name])}`);
  return {
    changes: added.length === 0 ? [] : [{ file: 'package.json', change: 'edit', text: edit.text, added }],
    skipped,
  };
}

function ignoreChange(before: string | null): readonly Change[] {
  const text = withIgnored(before);
  if (text === before) return [];
  return [{ file: '.gitignore', change: before === null ? 'create' : 'edit', text, added: ['.cutover/'] }];
}

function nextSteps(file: string, manifest: Manifest | null): readonly string[] {
  return [
    ...(manifest?.dependencies.includes('cutover') === true ? [] : ['npm install cutover']),
    `read ${file} and choose where a comment asks you to, then: npx cutover plan validate`,
    'wrap control and candidate in the application: createCutover(plan, …).repository(name, { control, candidate })',
    'npx cutover doctor',
    'npx cutover run --environment staging',
  ];
}

function linesOf(text: string): readonly string[] {
  return text.trimEnd().split('\n');
}

import { configText } from '../init/config-text.ts';
import { findIn } from '../init/found.ts';
import type { Folder } from '../init/folder.ts';
import { withoutIgnored } from '../init/ignored.ts';
import { parseManifest } from '../init/manifest.ts';
import { SCRIPTS } from '../init/proposal.ts';
import { withoutScripts } from '../init/scripts.ts';
import { starterFor } from '../init/starter.ts';

/** A file as it will be; `null` removes it. */
export type Removal = {
  readonly file: string;
  readonly text: string | null;
  /** What goes, in words. */
  readonly what: string;
};

export type Left = { readonly file: string; readonly why: string };

/** What of a folder goes and what stays. Carrying it out twice changes nothing the second time. */
export type UninstallProposal = { readonly removals: readonly Removal[]; readonly left: readonly Left[] };

/** What is known of the plan: enough to write again what `init` wrote. */
export type KnownPlan = { readonly id: string; readonly repositories: readonly string[] };

/**
 * Takes back what `init` added, as far as it is still as `init` left it.
 *
 * @param plan `null` when there is no configuration, or none that can be read
 * @param stateStays whether the folder of the state file will still hold something
 * @throws CutoverError `USAGE`: package.json is no JSON
 */
export function uninstallProposal(
  folder: Folder,
  plan: KnownPlan | null,
  stateStays: boolean,
): UninstallProposal {
  const parts = [configRemoval(folder, plan), scriptsRemoval(folder), ignoreRemoval(folder, stateStays)];
  return {
    removals: parts.flatMap(({ removals }) => removals),
    left: parts.flatMap(({ left }) => left),
  };
}

const NOTHING: UninstallProposal = { removals: [], left: [] };

function configRemoval(folder: Folder, plan: KnownPlan | null): UninstallProposal {
  const parts = Object.entries(folder.configs).map(([file, text]): UninstallProposal => {
    if (plan !== null && isAsWritten(folder, plan, text))
      return { removals: [{ file, text: null, what: 'as init wrote it' }], left: [] };
    return { removals: [], left: [{ file, why: 'it was edited: it is your plan; remove it yourself' }] };
  });
  return { removals: parts.flatMap(({ removals }) => removals), left: parts.flatMap(({ left }) => left) };
}

/** Whether `init` would write the same text for this folder: with the repositories named, or found by itself. */
function isAsWritten(folder: Folder, { id, repositories }: KnownPlan, text: string): boolean {
  const manifest = folder.packageJson === null ? null : parseManifest(folder.packageJson);
  const found = findIn(folder, manifest);
  return [null, repositories].some(
    (named) => configText(starterFor(found, { id, repositories: named })) === text,
  );
}

function scriptsRemoval({ packageJson }: Folder): UninstallProposal {
  if (packageJson === null) return NOTHING;
  const file = 'package.json';
  parseManifest(packageJson);
  const { text, removed, edited } = withoutScripts(packageJson, SCRIPTS);
  const named = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
  return {
    removals: removed.length === 0 ? [] : [{ file, text, what: `scripts ${named(removed)}` }],
    left: edited.length === 0 ? [] : [{ file, why: `scripts ${named(edited)} do something else by now` }],
  };
}

function ignoreRemoval({ gitignore }: Folder, stateStays: boolean): UninstallProposal {
  if (gitignore === null) return NOTHING;
  const file = '.gitignore';
  const text = withoutIgnored(gitignore);
  if (text === gitignore) return NOTHING;
  // Otherwise the log would be in the next commit.
  if (stateStays)
    return { removals: [], left: [{ file, why: '.cutover/ is still there, and stays ignored' }] };
  return { removals: [{ file, text, what: 'the line .cutover/' }], left: [] };
}

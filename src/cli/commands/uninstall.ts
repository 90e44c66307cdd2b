import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type LoadedConfig, loadConfig } from '../../config/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit.ts';
import { isOn, textOption } from '../given.ts';
import { readFolder } from '../init/folder.ts';
import { writeChange } from '../init/write.ts';
import { answer, type Io } from '../io.ts';
import { storePlaceOf } from '../session.ts';
import { stateFileOf } from '../state/file-of.ts';
import { type Removal, uninstallProposal, type UninstallProposal } from '../uninstall/proposal.ts';
import { holdsMore, refuseOn, refuseOthers, removeState } from '../uninstall/state.ts';

const DROP = 'leave --state out; the schema is removed by its owner: drop schema cutover cascade';

export const uninstall: Command = {
  name: 'uninstall',
  summary:
    'Take back what init added to this folder; what was edited stays. Refused while a migration is on.',
  options: [
    {
      flags: '--state',
      summary: 'also remove the state file with its log; always needs --confirm <plan id>',
    },
    { flags: '--dry-run', summary: 'print what would go, remove nothing' },
  ],
  examples: ['cutover uninstall --dry-run', 'cutover uninstall --state --confirm users-to-drizzle'],
  mutates: true,
  async run(context) {
    const { given, io, cwd } = context;
    refuseConfig(context);
    const folder = readFolder(cwd);
    const config = await configIn(cwd, Object.keys(folder.configs));
    const state = await stateToRemove(context, config);
    const stateStays =
      existsSync(join(cwd, '.cutover')) && (state === null || holdsMore(state.file, state.migration));
    const plan =
      config === null ? null : { id: config.plan.id, repositories: Object.keys(config.plan.repositories) };
    const proposal = uninstallProposal(folder, plan, stateStays);
    const isDry = isOn(given, 'dryRun');
    const gone = state !== null && existsSync(state.file) ? state.file : null;
    const preview = previewText(proposal, gone);
    if (preview !== '') io.progress(preview);
    if (!isDry) {
      if (state !== null && gone !== null) {
        await confirmState(context, state.migration, gone);
        removeState(state.file, state.migration);
      }
      for (const removal of proposal.removals) carryOut(cwd, removal);
    }
    const removed = proposal.removals.map(({ file, what }) => ({ file, what }));
    answer(io, { schema: 'cutover.uninstall/1', dry: isDry, removed, state: gone, left: proposal.left }, () =>
      doneText(removed.length + (gone === null ? 0 : 1), isDry, io),
    );
    return EXIT.ok;
  },
};

function refuseConfig({ given }: Context): void {
  if (textOption(given, 'config') === undefined) return;
  throw new CutoverError('USAGE', 'uninstall takes no --config: it works on the folder it is in', {
    hint: 'go to that folder and leave --config out',
  });
}

/** The configuration of this very folder; `null` without one, or when it cannot be read: then it is not as init wrote it. */
async function configIn(cwd: string, names: readonly string[]): Promise<LoadedConfig | null> {
  const [name] = names;
  if (name === undefined) return null;
  try {
    return await loadConfig(join(cwd, name));
  } catch (error) {
    if (error instanceof CutoverError) return null;
    throw error;
  }
}

type StateFile = { readonly file: string; readonly migration: string };

/** The state file to remove, once it is known that nothing is on; `null` when it stays or there is none. */
async function stateToRemove(context: Context, config: LoadedConfig | null): Promise<StateFile | null> {
  const { given, cwd, clock } = context;
  const wanted = isOn(given, 'state');
  if (config === null) {
    const file = resolve(cwd, textOption(given, 'store') ?? '.cutover/state.db');
    if (!wanted || !existsSync(file)) return null;
    throw new CutoverError(
      'USAGE',
      `whose log ${file} holds is not known: no configuration can be read here`,
      {
        hint: 'correct the configuration, or leave --state out',
      },
    );
  }
  const migration = config.plan.id;
  const place = storePlaceOf(context, config);
  await refuseOn(place, migration, context);
  if (!wanted) return null;
  const file = stateFileOf(place, DROP);
  await refuseOthers(file, migration, clock);
  return { file, migration };
}

/** What goes with the state file is the log: who did what, when and why. @throws CutoverError `CONFIRMATION_NEEDED` */
async function confirmState({ given, io }: Context, migration: string, file: string): Promise<void> {
  const named = textOption(given, 'confirm');
  const typed =
    named === undefined && io.ask !== null
      ? (
          await io.ask(`The log of ${migration} is removed. Type the plan's id (${migration}) to go on: `)
        ).trim()
      : named;
  if (typed === migration) return;
  throw new CutoverError(
    'CONFIRMATION_NEEDED',
    `${file} holds the log of "${migration}"; nothing was removed`,
    {
      hint: `make a copy first (cutover state backup), then add --confirm ${migration}`,
      details: { flag: `--confirm ${migration}` },
    },
  );
}

function carryOut(cwd: string, { file, text }: Removal): void {
  if (text === null) rmSync(join(cwd, file), { force: true });
  else writeChange(cwd, { file, change: 'edit', text, added: [] });
}

function previewText({ removals, left }: UninstallProposal, state: string | null): string {
  return [
    ...(state === null ? [] : [`- ${state}: the state file, with the log of everything that happened`]),
    ...removals.map(({ file, what }) => `- ${file}: ${what}`),
    ...left.map(({ file, why }) => `  ${file} stays: ${why}`),
  ].join('\n');
}

function doneText(count: number, isDry: boolean, { paint }: Io): string {
  if (count === 0) return 'Nothing that init added is here.';
  return isDry
    ? 'Nothing was removed: this was a dry run.'
    : paint('good', '✔ removed. Then: npm uninstall cutover');
}

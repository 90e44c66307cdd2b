import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CutoverError } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import {
  copyStateFile,
  makeFolder,
  raiseFences,
  readLeases,
  removeStateFile,
  replaceStateFile,
} from '../../store/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { answer, type Io } from '../io.ts';
import { configOf, storePlaceOf } from '../session.ts';
import { refuseAlive } from '../state/alive.ts';
import { stateFileOf } from '../state/file-of.ts';
import { type Lost, lostBetween, lostDocument } from '../state/lost.ts';
import { type Present, readPresent } from '../state/present.ts';
import { type Raise, raiseEpochs, raiseOf } from '../state/raise.ts';
import {
  confirmRestore,
  isRegistered,
  refuseForeign,
  refuseLowerEpoch,
  refusePointOfNoReturn,
} from '../state/refusals.ts';
import { doneText, previewText } from '../state/restore-text.ts';
import { problemsText, streamDocument } from '../state/text.ts';
import {
  type Problem,
  problemOf,
  type StreamState,
  type Verification,
  verifyState,
} from '../state/verify.ts';

const LOAD =
  'stop every controller and every instance, then restore a dump of its schema: docs/operations/postgres.md has the steps';

export const stateRestore: Command = {
  name: 'state restore',
  summary:
    'Put a backup in the place of the state file, which is kept beside it. Nothing may run; always needs --confirm.',
  arguments: [{ name: 'file', summary: 'a backup that "cutover state backup" made' }],
  examples: ['cutover state restore backups/2026-08-01.db --confirm users-to-drizzle'],
  mutates: true,
  async run(context) {
    const { cwd, given } = context;
    const config = await configOf(context);
    const storeFile = realFile(stateFileOf(storePlaceOf(context, config), LOAD));
    const backup = realFile(resolve(cwd, given.args[0] ?? ''));
    if (backup === storeFile)
      throw new CutoverError('USAGE', `${backup} is the state file itself`, { hint: 'name a backup of it' });
    // What is verified is what is put in place: the backup itself is only read, once.
    const part = `${storeFile}.restore-${process.pid}`;
    try {
      return await restore(context, { plan: config.plan, storeFile, backup, part });
    } finally {
      removeStateFile(part);
    }
  },
};

/** Behind links: a link is not what is replaced. */
function realFile(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

type Files = {
  readonly plan: Plan;
  readonly storeFile: string;
  readonly backup: string;
  /** The copy that is prepared and takes the place. */
  readonly part: string;
};

async function restore(context: Context, files: Files): Promise<ExitCode> {
  const { io, clock, signal } = context;
  const { plan, storeFile, backup, part } = files;
  const { streams, problems } = await copied(context, files);
  if (problems.length > 0) return unverified(io, files, problems, false);
  refuseForeign(backup, plan, streams);
  const present = await readPresent(storeFile, clock);
  const lost = lostBetween(present.streams, streams);
  const raises = raisesFor(present, streams, lost);
  io.progress(previewText(storeFile, present, streams, lost, raises));
  refusePointOfNoReturn(present, streams);
  refuseLowerEpoch(present, raises, streams);
  await confirmRestore(context, plan, lost);
  if (present.mark !== null)
    await refuseAlive({ kind: 'sqlite', file: storeFile, folder: dirname(storeFile) }, clock, signal);
  await raiseEpochs(part, clock, raises, streams);
  raiseFences(part, present.mark === null ? [] : readLeases(storeFile));
  const aside = present.kind === 'missing' ? null : `${storeFile}.before-${fileTime(clock.now())}`;
  await replaceStateFile({ file: storeFile, by: part, aside, mark: present.mark }, clock);
  const after = await verifyState(storeFile, clock);
  if (after.problems.length > 0) return unverified(io, files, after.problems, true, aside);
  const document = {
    schema: 'cutover.state-restore/1',
    file: storeFile,
    from: backup,
    restored: true,
    verified: true,
    present: present.kind,
    aside,
    lost: lost.map(lostDocument),
    raised: raises.filter(({ stream }) => isRegistered(streams, stream)),
    streams: after.streams.map(streamDocument),
  } as const;
  answer(io, document, () => doneText(storeFile, present, aside, after.streams, io));
  return EXIT.ok;
}

/** The backup, copied beside the state file and verified there. */
async function copied({ clock }: Context, { backup, part, storeFile }: Files): Promise<Verification> {
  try {
    makeFolder(storeFile);
    await copyStateFile(backup, part);
  } catch (error) {
    return { streams: [], problems: [problemOf(error)] };
  }
  return verifyState(part, clock);
}

function raisesFor(
  present: Present,
  backup: readonly StreamState[],
  lost: readonly Lost[],
): readonly Raise[] {
  return present.streams
    .map((one) => {
      const other = backup.find(({ stream }) => stream === one.stream);
      return raiseOf(
        one,
        other,
        lost.some(({ stream }) => stream === one.stream),
      );
    })
    .filter((raise) => raise !== null);
}

function unverified(
  io: Io,
  { storeFile, backup }: Files,
  problems: readonly Problem[],
  restored: boolean,
  aside: string | null = null,
): ExitCode {
  const document = { file: storeFile, from: backup, restored, verified: false, aside, problems };
  answer(io, { schema: 'cutover.state-restore/1', ...document }, () =>
    restored
      ? `${problemsText(storeFile, problems, io)}\n  It was restored. What was there: ${aside ?? 'nothing'}`
      : `${problemsText(backup, problems, io)}\n  Nothing was changed.`,
  );
  return EXIT.findings;
}

/** UTC, as part of a file name: `2026-08-01T12-03-44-120Z`. */
function fileTime(at: number): string {
  return new Date(at).toISOString().replaceAll(/[:.]/g, '-');
}

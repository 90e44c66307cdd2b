import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CutoverError } from '../../kernel/index.ts';
import {
  copyStateFile,
  openSqliteStore,
  putInPlace,
  removeStateFile,
  type Store,
} from '../../store/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { answer, type Io } from '../io.ts';
import { placeOrLikely } from '../log-origin.ts';
import { counted } from '../render/text.ts';
import { stateFileOf } from '../state/file-of.ts';
import { headsOf, prefixProblems } from '../state/prefix.ts';
import { problemsText, streamDocument, streamText } from '../state/text.ts';
import { type StreamState, verifyState } from '../state/verify.ts';

const DUMP =
  'dump its schema: pg_dump --schema=cutover --format=custom --file=<file> <address>; docs/operations/postgres.md';

export const stateBackup: Command = {
  name: 'state backup',
  summary:
    'Copy the whole state file while it is in use, and verify the copy. Changes nothing of the migration: allowed with --read-only.',
  arguments: [{ name: 'file', summary: 'where to; a file that is there is never overwritten' }],
  examples: ['cutover state backup state-before-upgrade.db', 'cutover state backup "backups/$(date +%F).db"'],
  mutates: false,
  async run(context) {
    const storeFile = stateFileOf(await placeOrLikely(context), DUMP);
    const file = resolve(context.cwd, context.given.args[0] ?? '');
    refuseTaken(file);
    const store = await openSqliteStore({ file: storeFile, clock: context.clock, readOnly: true });
    try {
      return await backUp(context, store, storeFile, file);
    } finally {
      await store.close();
    }
  },
};

/** The copy gets its name once it is known to be good. */
async function backUp(context: Context, store: Store, from: string, file: string): Promise<ExitCode> {
  const { io, clock } = context;
  const part = `${file}.part`;
  const before = await headsOf(store);
  await copyStateFile(from, part);
  try {
    const { streams, problems } = await verifyState(part, clock);
    const all = [...problems, ...(await prefixProblems(store, before, streams))];
    const verified = all.length === 0;
    if (verified) {
      refuseTaken(file);
      putInPlace(part, file);
    }
    const document = {
      schema: 'cutover.state-backup/1',
      file,
      streams: streams.map(streamDocument),
    } as const;
    answer(io, { ...document, verified, ...(verified ? {} : { problems: all }) }, () =>
      verified ? doneText(file, streams, io) : problemsText(`the copy of ${from}`, all, io),
    );
    return verified ? EXIT.ok : EXIT.findings;
  } finally {
    removeStateFile(part);
  }
}

function doneText(file: string, streams: readonly StreamState[], { paint }: Io): string {
  const holds = `${counted(streams.length, 'stream')}, verified`;
  return [paint('good', `✔ ${file}: ${holds}`), ...streams.map(streamText)].join('\n');
}

function refuseTaken(file: string): void {
  if (!existsSync(file)) return;
  throw new CutoverError('USAGE', `${file} is there already; a backup is never overwritten`, {
    hint: 'name another file',
  });
}

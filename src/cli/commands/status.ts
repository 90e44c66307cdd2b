import { StatusReader, type StatusDocument } from '../../report/index.ts';
import type { Command, Context } from '../command.ts';
import { lastEventTexts } from '../event-text.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { isOn } from '../given.ts';
import { answer } from '../io.ts';
import { MIGRATION, originOrLog } from '../log-origin.ts';
import { renderStatus, statusLine } from '../render/status.ts';
import { reading, readingAll, type Session } from '../session.ts';
import { refuseForgotten } from '../state/remembered.ts';
import { watchStatus } from '../watch-status.ts';

export const status: Command = {
  name: 'status',
  summary: 'Where a migration stands, why, what it waits for, and what to type next. Writes nothing.',
  options: [{ flags: '--watch', summary: 'again whenever something changes, until Ctrl-C' }, MIGRATION],
  examples: ['cutover status --environment production', 'cutover status --watch', 'cutover status --json'],
  mutates: false,
  run: (context) =>
    isOn(context.given, 'watch')
      ? reading(context, (session) => watch(context, session), originOrLog)
      : readingAll(
          context,
          ([session, ...others]) =>
            session === undefined || others.length > 0
              ? showAll(context, session === undefined ? [] : [session, ...others])
              : show(context, session),
          originOrLog,
        ),
};

const SHOWN_EVENTS = 6;

async function show(
  { io, clock }: Context,
  { store, place, plan, environment, stream }: Session,
): Promise<ExitCode> {
  const document: StatusDocument = await new StatusReader(store, clock, plan, environment).read();
  if (document.log.seq === 0) refuseForgotten(place, plan.id, environment);
  const events = await lastEventTexts(store, stream, document.log.seq, SHOWN_EVENTS);
  answer(io, document, () => renderStatus(document, events, io.width, io.paint));
  return EXIT.ok;
}

/** Where nobody said which: a line for each environment. */
async function showAll({ io, clock }: Context, sessions: readonly Session[]): Promise<ExitCode> {
  const environments: StatusDocument[] = [];
  for (const { store, plan, environment } of sessions)
    environments.push(await new StatusReader(store, clock, plan, environment).read());
  answer(io, { schema: 'cutover.statuses/1', environments }, () =>
    [...environments.map(statusLine), 'Next: cutover status --environment <name>'].join('\n'),
  );
  return EXIT.ok;
}

async function watch(context: Context, session: Session): Promise<ExitCode> {
  await watchStatus(context, session, SHOWN_EVENTS);
  return EXIT.interrupted;
}

import type { Store, StoredEvent } from '../../store/index.ts';
import type { Command, Context } from '../command.ts';
import { eventText, readEvents } from '../event-text.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { countOption, isOn } from '../given.ts';
import { answer } from '../io.ts';
import { MIGRATION, originOrLog } from '../log-origin.ts';
import { timeText } from '../render/time.ts';
import { reading, type Session } from '../session.ts';
import { jsonLine } from '../terminal-text.ts';

export const log: Command = {
  name: 'log',
  summary: 'What happened, oldest first.',
  options: [
    { flags: '--limit <count>', summary: 'only the last ones' },
    { flags: '--follow', summary: 'go on with what comes, until Ctrl-C' },
    { flags: '--all', summary: 'also events that only programs need, such as looks that were green' },
    MIGRATION,
  ],
  examples: ['cutover log --limit 20', 'cutover log --follow --json'],
  mutates: false,
  run: (context) =>
    reading(
      context,
      (session) => (isOn(context.given, 'follow') ? follow(context, session) : show(context, session)),
      originOrLog,
    ),
};

async function show(context: Context, { store, stream }: Session): Promise<ExitCode> {
  const all: StoredEvent[] = [];
  for await (const event of readEvents(store, stream)) if (isShown(context, event)) all.push(event);
  const limit = countOption(context.given, 'limit');
  const events = limit === undefined ? all : all.slice(-limit);
  answer(context.io, { schema: 'cutover.log/1', stream, events }, () =>
    events.length === 0 ? `nothing happened in ${stream} yet` : events.map(lineOf).join('\n'),
  );
  return EXIT.ok;
}

/** Between two looks, milliseconds; a commit does not wait for it longer than a person notices. */
const LOOK_MS = 100;

async function follow(context: Context, { store, stream }: Session): Promise<ExitCode> {
  const { io, clock, signal } = context;
  let end = null as StoredEvent | null;
  for (; !signal.aborted; await clock.sleep(LOOK_MS, signal).catch(() => {})) {
    if (end !== null && !(await isThere(store, end))) {
      io.progress(`another log was put in the place of ${stream}; from its beginning:`);
      end = null;
    }
    for await (const event of readEvents(store, stream, end?.seq ?? 0)) {
      end = event;
      if (!isShown(context, event)) continue;
      if (io.json) io.raw(`${jsonLine(event)}\n`);
      else io.out(lineOf(event));
    }
  }
  return EXIT.interrupted;
}

/** A log that was replaced may be longer than the one before: what tells them apart is the hash. */
async function isThere(store: Store, { stream, seq, hash }: StoredEvent): Promise<boolean> {
  const [event] = await store.read(stream, seq - 1, 1);
  return event?.hash === hash;
}

function isShown({ given, io }: Context, event: StoredEvent): boolean {
  return io.json || isOn(given, 'all') || eventText(event) !== null;
}

function lineOf(event: StoredEvent): string {
  const date = timeText(event.at).slice(0, 10);
  return `${String(event.seq).padStart(5)}  ${date} ${eventText(event) ?? `${timeText(event.at).slice(11)}  ${event.kind}`}`;
}

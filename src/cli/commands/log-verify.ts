import { verifyChain } from '../../store/index.ts';
import type { StoredEvent } from '../../store/index.ts';
import type { Command } from '../command.ts';
import { readEvents } from '../event-text.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { reading } from '../session.ts';

export const logVerify: Command = {
  name: 'log verify',
  summary: 'Check that no event was changed, removed or put in between. Exit code 3 when one was.',
  examples: ['cutover log verify --environment production'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream }) => {
      const { io } = context;
      const events: StoredEvent[] = [];
      for await (const event of readEvents(store, stream)) events.push(event);
      const result = verifyChain(events);
      answer(io, { schema: 'cutover.log-verification/1', stream, events: events.length, ...result }, () =>
        result.ok
          ? io.paint('good', `✔ ${stream}: ${events.length} events, unbroken; head ${result.head}`)
          : io.paint('bad', `✖ LOG_BROKEN: ${stream} is broken at event ${result.seq}: ${result.reason}`),
      );
      return result.ok ? EXIT.ok : EXIT.findings;
    }),
};

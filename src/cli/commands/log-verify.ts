import { checkLog } from '../../engine/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { reading } from '../session.ts';

export const logVerify: Command = {
  name: 'log verify',
  summary:
    'Check that no event was changed, removed, put in between or cut off, and that the routing state is what the log leads to. Exit code 3 when something is not.',
  examples: ['cutover log verify --environment production'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream }) => {
      const { io } = context;
      const { events, head, problems } = await checkLog(store, stream);
      const ok = problems.length === 0;
      answer(io, { schema: 'cutover.log-verification/1', stream, ok, events, head, problems }, () =>
        ok
          ? io.paint('good', `✔ ${stream}: ${events} events, unbroken; head ${head}`)
          : problems.map(({ code, what }) => io.paint('bad', `✖ ${code}: ${what}`)).join('\n'),
      );
      return ok ? EXIT.ok : EXIT.findings;
    }),
};

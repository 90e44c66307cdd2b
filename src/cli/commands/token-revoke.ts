import { revokeToken } from '../../server/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { byOf } from '../operation.ts';
import { writingStore } from '../session.ts';

export const tokenRevoke: Command = {
  name: 'token revoke',
  summary: 'End a token now: every server refuses it within moments.',
  arguments: [{ name: 'id', summary: 'as "cutover token list" shows it: the middle of the token' }],
  examples: ['cutover token revoke 0123456789ab --reason "laptop lost"'],
  mutates: true,
  run: (context) =>
    writingStore(context, async (store) => {
      const [id = ''] = context.given.args;
      const { hash: _, ...token } = await revokeToken(store, context.clock, id, byOf(context, 'none given'));
      answer(
        context.io,
        { schema: 'cutover.token/1', token },
        () => `token ${id} of ${token.name} is revoked`,
      );
      return EXIT.ok;
    }),
};

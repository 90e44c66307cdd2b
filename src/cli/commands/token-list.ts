import type { Clock } from '../../kernel/index.ts';
import { isUsable, listTokens, type StoredToken } from '../../server/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { timeText } from '../render/time.ts';
import { readingStore } from '../session.ts';

export const tokenList: Command = {
  name: 'token list',
  summary: 'Tokens, the newest first, also those that are over. Their secrets are kept nowhere.',
  examples: ['cutover token list', 'cutover token list --json'],
  mutates: false,
  run: (context) =>
    readingStore(context, async (store) => {
      const tokens = await listTokens(store);
      const shown = tokens.map(({ hash: _, ...token }) => token);
      answer(context.io, { schema: 'cutover.tokens/1', tokens: shown }, () =>
        tokens.length === 0
          ? 'no token was made yet'
          : tokens.map((token) => lineOf(token, context.clock)).join('\n'),
      );
      return EXIT.ok;
    }),
};

function lineOf(token: StoredToken, clock: Clock): string {
  const { id, name, roles, scopes, revoked, expiresAt } = token;
  const until =
    revoked === null
      ? `${isUsable(token, clock.now()) ? 'until' : 'EXPIRED'} ${timeText(expiresAt)}`
      : `REVOKED by ${revoked.actor} ${timeText(revoked.at)}`;
  return `${id}  ${name}  ${roles.join(', ')}  ${scopes?.join(', ') ?? 'everywhere'}  ${until}`;
}

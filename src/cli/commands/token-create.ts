import { parseDuration } from '../../kernel/index.ts';
import { createToken, ROLES } from '../../server/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { durationOption, listOption } from '../given.ts';
import { answer } from '../io.ts';
import { byOf } from '../operation.ts';
import { timeText } from '../render/time.ts';
import { writingStore } from '../session.ts';

const DEFAULT_LIFE = '90d';

export const tokenCreate: Command = {
  name: 'token create',
  summary: 'Make a token for "cutover serve". It is shown once; the store keeps a hash.',
  arguments: [{ name: 'name', summary: 'who uses it: it goes to the log as the actor' }],
  options: [
    { flags: '--role <role>', summary: `${ROLES.join(', ')} (repeatable)`, repeatable: true },
    {
      flags: '--scope <migration/environment>',
      summary: 'only there; either of them may be * (repeatable; default: everywhere)',
      repeatable: true,
    },
    {
      flags: '--approves <role>',
      summary: 'a role of the plan in which it may approve (repeatable; default: every one)',
      repeatable: true,
    },
    { flags: '--expires <duration>', summary: `its life, at most 366d (default: ${DEFAULT_LIFE})` },
  ],
  examples: [
    'cutover token create ana --role operator --expires 30d --reason "on call in December"',
    'cutover token create shop --role instance --scope users-to-drizzle/production',
    'cutover token create dana --role approver --approves CTO',
  ],
  mutates: true,
  run: (context) =>
    writingStore(context, async (store) => {
      const { given, io, clock } = context;
      const [name = ''] = given.args;
      const { text, token } = await createToken(store, clock, {
        name,
        roles: listOption(given, 'role') ?? [],
        scopes: listOption(given, 'scope'),
        approves: listOption(given, 'approves'),
        lifeMs: durationOption(given, 'expires') ?? parseDuration(DEFAULT_LIFE),
        ...byOf(context),
      });
      const { hash: _, ...shown } = token;
      answer(io, { schema: 'cutover.token/1', text, token: shown }, () => {
        io.progress(`token ${token.id} of ${name} until ${timeText(token.expiresAt)}; it is not shown again`);
        return text;
      });
      return EXIT.ok;
    }),
};

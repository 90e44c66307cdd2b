import { recordBaseline } from '../../engine/index.ts';
import { formatDuration } from '../../kernel/index.ts';
import type { Command } from '../command.ts';
import { baselineDocument, baselineText } from '../baseline-text.ts';
import { EXIT } from '../exit.ts';
import { durationOption } from '../given.ts';
import { actorOf } from '../identity.ts';
import { answer } from '../io.ts';
import { creating } from '../session.ts';

const DEFAULT_FOR_MS = 300_000;

export const baselineRecord: Command = {
  name: 'baseline record',
  summary: 'Measure control for a while, as what later measures are compared with.',
  options: [{ flags: '--for <duration>', summary: 'how long (default: 5m)' }],
  examples: ['cutover baseline record --environment production --for 10m'],
  mutates: true,
  run: (context) => {
    const forMs = durationOption(context.given, 'for') ?? DEFAULT_FOR_MS;
    return creating(context, async ({ store, plan, environment }) => {
      const { io, clock, signal } = context;
      io.progress(`measuring control in ${environment} for ${formatDuration(forMs)}`);
      const state = await recordBaseline(store, clock, {
        plan,
        environment,
        forMs,
        actor: actorOf(context),
        signal,
      });
      answer(io, baselineDocument(plan, environment, state), () =>
        baselineText(plan, environment, state, io),
      );
      return EXIT.ok;
    });
  },
};

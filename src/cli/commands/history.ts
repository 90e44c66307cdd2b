import { loadState } from '../../engine/index.ts';
import { CutoverError, suggest } from '../../kernel/index.ts';
import { type Beside, besideOver, HISTORY_KEPT_MS, readChronicle } from '../../report/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit.ts';
import { durationOption, textOption } from '../given.ts';
import { answer } from '../io.ts';
import { historyText } from '../render/history.ts';
import { reading, type Session } from '../session.ts';

export const history: Command = {
  name: 'history',
  summary: 'Control and candidate next to each other, over each phase of the newest run and over all of it.',
  options: [
    { flags: '--phase <id>', summary: 'only this one' },
    { flags: '--last <duration>', summary: 'the last so long, whatever ran: 6h, 7d' },
  ],
  examples: [
    'cutover history --environment production',
    'cutover history --environment production --phase canary --json',
    'cutover history --environment production --last 24h',
  ],
  mutates: false,
  run(context) {
    if (textOption(context.given, 'phase') !== undefined && textOption(context.given, 'last') !== undefined)
      throw new CutoverError('USAGE', '--phase and --last are two ways to say when', {
        hint: 'leave one of them out',
      });
    return reading(context, async (session) => {
      const { store, stream, plan, environment } = session;
      const { run } = await loadState(store, stream);
      const stretches = await stretchesOf(context, session, run);
      const repositories = Object.keys((run?.plan ?? plan).repositories);
      const all = stretches.length === 0 ? [] : await besideOver(store, stream, stretches, repositories);
      const named = textOption(context.given, 'phase');
      const over = named === undefined ? all : all.filter(({ phase }) => phase === named).slice(-1);
      const document = { migration: plan.id, environment, run: run?.id ?? null, stretches: over };
      answer(context.io, { schema: 'cutover.history/1', ...document }, () =>
        historyText(over, context.io.width, context.io.paint),
      );
      return EXIT.ok;
    });
  },
};

type Stretch = Pick<Beside, 'phase' | 'from' | 'to'>;

async function stretchesOf(
  { given, clock }: Context,
  { store, stream }: Session,
  run: { readonly startedAt: number } | null,
): Promise<readonly Stretch[]> {
  // Before there is a state it has no clock.
  const now = (await store.now()) || clock.now();
  const last = durationOption(given, 'last');
  if (last !== undefined) {
    refuseLong(last);
    return [{ phase: null, from: now - last, to: now }];
  }
  const chronicle = (await readChronicle(store, stream)).run;
  const named = textOption(given, 'phase');
  if (run === null || chronicle === null) {
    if (named === undefined) return [];
    throw new CutoverError('USAGE', `--phase ${named}: there was no run yet`, {
      hint: 'start one, or name a time: --last 1h',
    });
  }
  const phases = chronicle.phases.map(({ phase, enteredAt, leftAt }) => ({
    phase,
    from: enteredAt,
    to: leftAt ?? now,
  }));
  if (named !== undefined) refuseUnknown(named, phases);
  return [...phases, { phase: null, from: run.startedAt, to: chronicle.endedAt ?? now }];
}

/** @throws CutoverError `USAGE` */
function refuseUnknown(name: string, phases: readonly Stretch[]): void {
  if (phases.some(({ phase }) => phase === name)) return;
  const names = [...new Set(phases.map(({ phase }) => phase ?? ''))];
  const near = suggest(name, names);
  throw new CutoverError('USAGE', `--phase ${name}: the newest run has not entered it`, {
    hint: near === undefined ? `it entered ${names.join(', ') || 'none yet'}` : `did you mean "${near}"?`,
  });
}

/** @throws CutoverError `USAGE` */
function refuseLong(last: number): void {
  if (last <= HISTORY_KEPT_MS) return;
  throw new CutoverError('USAGE', `--last: ${Math.ceil(last / 86_400_000)}d is more than 60d`, {
    hint: 'numbers are kept for 60 days',
  });
}

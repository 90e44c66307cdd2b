import { resolve } from 'node:path';
import { loadConfig } from '../../config/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import { replayRun, type Replay } from '../../report/index.ts';
import type { StoredEvent } from '../../store/index.ts';
import type { Command } from '../command.ts';
import { readEvents } from '../event-text.ts';
import { EXIT } from '../exit.ts';
import { textOption } from '../given.ts';
import { answer } from '../io.ts';
import type { Paint } from '../paint.ts';
import { counted, wrap } from '../render/text.ts';
import { timeText } from '../render/time.ts';
import { reading } from '../session.ts';

export const replay: Command = {
  name: 'replay',
  summary:
    'Judge every look of a run again from the log: the same verdicts, or those that other limits would have given.',
  arguments: [{ name: 'run', summary: 'id of a run (default: the last one)', optional: true }],
  options: [
    { flags: '--with <file>', summary: 'another configuration, whose limits are tried on what was measured' },
  ],
  examples: [
    'cutover replay --environment production',
    'cutover replay production-1-3f2a --with edited.config.ts --json',
  ],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream }) => {
      const { io, given, clock, cwd } = context;
      const file = textOption(given, 'with');
      const edited = file === undefined ? null : (await loadConfig(resolve(cwd, file), clock)).plan;
      const events: StoredEvent[] = [];
      for await (const event of readEvents(store, stream)) events.push(event);
      const run = given.args[0] ?? null;
      const result = replayRun(stream, events, run, edited);
      if (result === null) throw nothingToReplay(stream, run);
      const isFine = edited !== null || result.differences.length === 0;
      answer(io, { schema: 'cutover.replay/1', stream, with: file ?? null, ok: isFine, ...result }, () =>
        lines(result, edited !== null, io.width, io.paint).join('\n'),
      );
      return isFine ? EXIT.ok : EXIT.findings;
    }),
};

function nothingToReplay(stream: string, run: string | null): CutoverError {
  return new CutoverError(
    'RUN_STATE',
    `${stream} has no look of ${run === null ? 'any run' : `run "${run}"`}`,
    {
      hint: 'cutover log --all shows what there is; a run looks once something is exposed',
    },
  );
}

function lines(result: Replay, isEdited: boolean, width: number, paint: Paint): readonly string[] {
  const { run, looks, differences, unknown, byLooks } = result;
  const shown = differences
    .slice(0, MOST_SHOWN)
    .flatMap(({ seq, at, gate, recorded, replayed, rows }) => [
      `${String(seq).padStart(5)}  ${timeText(at)}  ${gate}: ${outcome(recorded)} -> ${outcome(replayed)}`,
      ...rows.flatMap(({ title, was, now }) => wrap(`${title}: ${now} (was ${was})`, width, '       ')),
    ]);
  const more = differences.length - MOST_SHOWN;
  const same = `${run}: ${counted(looks, 'look')}, ${looks - differences.length} as recorded`;
  const summary =
    differences.length === 0
      ? paint('good', `✔ ${same}`)
      : paint(isEdited ? 'warning' : 'bad', `${isEdited ? '!' : '✖'} ${same}, ${differences.length} not`);
  return [
    ...shown,
    ...(more > 0 ? [`       and ${more} more (--json has all)`] : []),
    ...unknown.map((title) => `! ${title}: the log has no measure of it`),
    ...byLooks.map(
      (title) => `! ${title}: its limit in time was edited, so looks in a row decide instead of evidence`,
    ),
    summary,
  ];
}

const MOST_SHOWN = 20;

function outcome({ verdict, action }: { readonly verdict: string; readonly action: string | null }): string {
  return action === null ? verdict : `${verdict} (${action})`;
}

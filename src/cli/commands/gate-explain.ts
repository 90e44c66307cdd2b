import { controlGroupTexts, loadState } from '../../engine/index.ts';
import { divideAlpha } from '../../gate/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import { explainLook, type ExplainedRow } from '../../report/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import type { Paint } from '../paint.ts';
import { assignmentTexts } from '../render/assignment.ts';
import { counted, wrap } from '../render/text.ts';
import { timeText } from '../render/time.ts';
import { reading } from '../session.ts';

export const gateExplain: Command = {
  name: 'gate explain',
  summary: 'Why the last look said what it said: numbers, evidence, and what would change it.',
  examples: ['cutover gate explain --environment production', 'cutover gate explain --json'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream }) => {
      const { io } = context;
      const { run } = await loadState(store, stream);
      if (run === null || run.look === null)
        throw new CutoverError('RUN_STATE', `no look was taken in ${stream} yet`, {
          hint: 'a run looks once something is exposed: cutover status',
        });
      const rows = explainLook(run, run.look);
      const { gate, verdict, at } = run.look;
      const alpha = divideAlpha(run.plan, 'rollback');
      const document = {
        schema: 'cutover.gate-explanation/1' as const,
        stream,
        run: run.id,
        gate,
        at,
        verdict,
        alpha,
        controlGroup: controlGroupTexts(run.look.controlGroups),
        assignment: run.look.assignment,
        rows,
      };
      answer(io, document, () =>
        [
          `${gate} of ${run.id} at ${timeText(at)}: ${verdict}`,
          ...wrap(divisionText(alpha), io.width, ''),
          ...[...document.controlGroup, ...assignmentTexts(document.assignment)].flatMap((text) =>
            wrap(text, io.width, ''),
          ),
          ...rows.flatMap((row) => rowLines(row, io.width, io.paint)),
        ].join('\n'),
      );
      return EXIT.ok;
    }),
};

const OF_PROCESSES =
  'Of processes, judged by looks in a row: a process is not of one side, and its points depend on each other, so it is weaker evidence.';

function divisionText({ total, rows, each }: ReturnType<typeof divideAlpha>): string {
  const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
  return rows === 0
    ? 'No row takes back by what calls are counted for.'
    : `Identical code is taken back in at most ${percent(total)} of all runs: ${percent(each)} for each of ${counted(rows, 'row')} that ${rows === 1 ? 'takes' : 'take'} back.`;
}

function rowLines(row: ExplainedRow, width: number, paint: Paint): readonly string[] {
  const tone = row.colour === 'red' ? 'bad' : row.colour === 'green' ? 'good' : 'warning';
  const say = (text: string): readonly string[] => wrap(text, width, '    ');
  return [
    `${paint(tone, row.colour === 'none' ? 'unknown' : row.colour)}  ${row.title} (yellow ${row.limits.yellow}, red ${row.limits.red})`,
    ...say(row.reason),
    ...(row.counted === null
      ? []
      : say(
          `Last look: ${ofAll(row.counted.candidate, row)} of the candidate beyond the limit, ${ofAll(row.counted.control, row)} of control.`,
        )),
    ...(row.counts === 'pages'
      ? say('Browsers report it: whoever opens a page can forge it, so it is weaker evidence.')
      : []),
    ...(row.evidence === null
      ? say(row.isOfProcesses ? OF_PROCESSES : 'Judged by what was counted or asked, and by looks in a row.')
      : evidenceLines(row.evidence, say)),
    ...(row.redByHits === null
      ? []
      : say(
          `Red at once with ${row.redByHits.hits} of ${row.redByHits.of} candidate ${COUNTED[row.counts]} beyond the limit in one look.`,
        )),
    ...(row.greenAfterLooks === null || row.greenAfterLooks === 0
      ? []
      : say(`Green after ${counted(row.greenAfterLooks, 'more look')} like the last.`)),
  ];
}

function evidenceLines(
  { needed, beyond, worseThanControl, fine, fineNeeded }: NonNullable<ExplainedRow['evidence']>,
  say: (text: string) => readonly string[],
): readonly string[] {
  const times = (amount: number): string =>
    `${amount >= 100 ? Math.round(amount) : Number(amount.toPrecision(2))}x`;
  const control =
    worseThanControl === null ? '' : `, that it is worse than control ${times(worseThanControl)}`;
  return say(
    `Evidence that it is beyond red ${times(beyond)}${control} (${times(needed)} needed); that it is within ${times(fine)} (${times(fineNeeded)} needed).`,
  );
}

const COUNTED = { calls: 'calls', requests: 'requests', pages: 'page views' } as const;

function ofAll([hits, all]: readonly [number, number], { counts }: ExplainedRow): string {
  return `${hits} of ${all} ${COUNTED[counts]}`;
}

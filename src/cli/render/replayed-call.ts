import type { Mismatch } from '../../report/index.ts';
import type { ReplayedPlace, ReplayedText } from '../comparison/replayed.ts';
import type { Paint, Style } from '../paint.ts';
import { sideBySide } from './side-by-side.ts';
import { counted, wrap } from './text.ts';

const SIGNS: Readonly<Record<ReplayedText['verdict'], readonly [sign: string, style: Style]>> = {
  there: ['✖', 'bad'],
  incomparable: ['✖', 'bad'],
  noise: ['✔', 'warning'],
  gone: ['✔', 'good'],
};

/** Whether a mismatch is still there, what both sides gave then and now. */
export function replayedCallText(
  { repository, operation }: Pick<Mismatch, 'repository' | 'operation'>,
  then: NonNullable<Mismatch['sample']>,
  now: ReplayedText,
  width: number,
  paint: Paint,
): string {
  const [sign, style] = SIGNS[now.verdict];
  const call = `${repository}.${operation}(${then.args.join(', ')})`;
  const places = [
    {
      place: `${then.at === '' ? 'the answer itself' : then.at}, then`,
      control: then.control,
      candidate: then.candidate,
    },
    ...(now.difference === null ? [] : [besideOf(now.difference, ', now')]),
    ...now.others.map((other) => besideOf(other, `, ${other.kind}, now`)),
  ];
  return [
    ...wrap(`${sign} ${verdictText(now)}`, width).map((line) => paint(style, line)),
    ...wrap(call, width),
    '',
    ...sideBySide(places, width, paint),
    '',
    `Control took ${now.controlMs}ms, the candidate ${now.candidateMs}ms.`,
    ...(now.others.length === 0
      ? []
      : wrap(
          `They now differ at ${counted(now.others.length, 'other place')}, which has its own mismatch.`,
          width,
        )),
  ].join('\n');
}

function verdictText({ verdict, rounds, differed, noisy, why }: ReplayedText): string {
  const asked = `asked ${counted(rounds, 'time')}`;
  switch (verdict) {
    case 'there':
      return `still there: ${asked}, different ${counted(differed, 'time')}, control from itself ${noisy}`;
    case 'gone':
      return `gone: ${asked}, the sides agree there`;
    case 'noise':
      return `noise: ${asked}, different ${counted(differed, 'time')}, and control from itself ${noisy}`;
    case 'incomparable':
      return `nobody can say: ${why ?? 'the answers cannot be compared'}`;
  }
}

function besideOf({ at, control, candidate }: ReplayedPlace, when: string) {
  return { place: `${at === '' ? 'the answer itself' : at}${when}`, control, candidate };
}

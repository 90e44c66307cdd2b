import type { Paint, Style } from '../paint.ts';
import type { WhichAnswer } from '../which.ts';
import { counted, wrap } from './text.ts';

/** What an instance reports that it serves a call without a key with. */
export type Served = { readonly instance: string; readonly side: string; readonly why: string };

type Answer = WhichAnswer & { readonly instances: readonly Served[] };

const SIDES: Readonly<Record<Answer['side'], Style>> = {
  control: 'plain',
  candidate: 'accent',
  split: 'warning',
};

export function renderWhich(
  answers: readonly Answer[],
  explain: boolean,
  width: number,
  paint: Paint,
): string {
  return answers.flatMap((answer) => answerLines(answer, explain, width, paint)).join('\n');
}

function answerLines(answer: Answer, explain: boolean, width: number, paint: Paint): readonly string[] {
  const { repository, side, why, says, instances } = answer;
  return [
    `${paint('strong', repository)}: ${paint(SIDES[side], side)}, by ${why}`,
    ...(explain ? ruleLines(answer, width, paint) : wrap(says, width, '  ')),
    ...servedLines(instances, width),
  ];
}

function ruleLines({ rules }: Answer, width: number, paint: Paint): readonly string[] {
  const reached = rules.findIndex(({ applies }) => applies);
  return rules.flatMap(({ rule, applies, says }, index) => {
    const style: Style = applies ? 'good' : index > reached ? 'dim' : 'plain';
    const [first = '', ...rest] = wrap(`${index + 1} ${rule}: ${says}`, width - 6);
    return [`  ${applies ? '▶' : '·'} ${first}`, ...rest.map((line) => `      ${line}`)].map((line) =>
      paint(style, line),
    );
  });
}

/** Instances that say the same are one line: with ten of them the odd one out is what matters. */
function servedLines(instances: readonly Served[], width: number): readonly string[] {
  const groups = Map.groupBy(instances, ({ side, why }) => `${side}, by ${why}`);
  return [...groups].flatMap(([what, some]) =>
    wrap(
      `${counted(some.length, 'instance reports', 'instances report')} ${what}: ${some.map(({ instance }) => instance).join(', ')}`,
      width,
      '  ',
    ),
  );
}

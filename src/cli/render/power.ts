import { formatMetric } from '../../gate/index.ts';
import { formatDuration } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { HoldPower, RowPower } from '../../planlint/index.ts';
import type { Paint } from '../paint.ts';
import { type Cell, table } from './table.ts';
import { heading, wrap } from './text.ts';

/** A table for each hold: what is normal, what the row finds, and how surely it finds what is twice its red limit. */
export function renderPower(
  plan: Plan,
  environment: string,
  rps: number,
  holds: readonly HoldPower[],
  width: number,
  paint: Paint,
): string {
  const title = `${paint('strong', plan.title)} in ${paint('strong', environment)}, ${rps} calls a second`;
  if (holds.length === 0)
    return [title, ...wrap('No hold comes behind an exposure here, so nothing is judged.', width)].join('\n');
  const isAssumed = holds.some(({ rows }) => rows.some((row) => row.isAssumed));
  return [
    title,
    ...holds.flatMap((hold) => holdLines(plan, hold, width, paint)),
    '',
    ...wrap(
      'Found with 90 % probability until the hold is over, if the candidate is worse from its beginning. Simulated by the judge of a run, with independent calls; what comes in bursts takes longer.',
      width,
    ),
    ...(isAssumed
      ? wrap('* assumed: the plan does not say what is normal (metrics.*.expected).', width)
      : []),
  ].join('\n');
}

function holdLines(plan: Plan, hold: HoldPower, width: number, paint: Paint): readonly string[] {
  const { phase, step, exposure, of, holdback, repositories, forMs, rows } = hold;
  const held = holdback === 0 ? '' : `, ${holdback / 100} % held back`;
  const whom = repositories === null ? '' : ` for ${repositories.join(', ')}`;
  const head = ['', 'normal', 'finds', 'as a measure', 'twice red'].map((text, column): Cell => ({
    text,
    style: 'dim',
    ...(column > 0 && { align: 'right' as const }),
  }));
  return [
    '',
    ...wrap(
      `${heading(`${phase} / ${step}`, paint)}: ${exposure / 100} % of ${of}${held}${whom} for ${formatDuration(forMs)}`,
      width,
    ),
    ...(rows.length === 0
      ? wrap('No row about calls is judged here.', width, '  ')
      : table([head, ...rows.map((row) => rowCells(plan, row))], width, paint)),
  ];
}

/** Below it a hold is over too soon. */
const ENOUGH = 0.9;

function rowCells(
  plan: Plan,
  { title, metric: name, normal, isAssumed, smallest, ofTwiceRed }: RowPower,
): readonly Cell[] {
  const metric = plan.metrics[name];
  const measure = (value: number): string => (metric === undefined ? '-' : formatMetric(metric, value));
  const isEnough = ofTwiceRed >= ENOUGH;
  return [
    { text: title },
    { text: `${measure(normal)}${isAssumed ? '*' : ''}`, align: 'right' },
    { text: smallest === null ? 'nothing' : `x ${Number(smallest.times.toPrecision(3))}`, align: 'right' },
    { text: smallest === null ? '-' : measure(smallest.value), align: 'right' },
    {
      text: `${isEnough ? '✔' : '✖'} ${Math.round(ofTwiceRed * 100)} %`,
      align: 'right',
      style: isEnough ? 'good' : 'warning',
    },
  ];
}

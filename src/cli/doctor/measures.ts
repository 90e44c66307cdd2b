import type { MeasurePort } from '../../engine/index.ts';
import type { MeasureAnswer } from '../../gate/index.ts';
import type { Plan } from '../../plan/index.ts';
import { bad, type Check, ok } from './check.ts';

/** Each metric that somebody else measures is asked for once. Reads only. */
export async function checkMeasures(
  { metrics }: Pick<Plan, 'metrics'>,
  port: MeasurePort,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const [name, metric] of Object.entries(metrics)) {
    if (!('gives' in metric)) continue;
    const answer = await port.ask(metric, signal);
    signal.throwIfAborted();
    const title = `measure ${name}`;
    checks.push(
      answer.kind === 'nothing'
        ? bad(title, answer.why, 'a row on it is never green without data; ask the same by hand')
        : ok(title, answerText(answer)),
    );
  }
  return checks;
}

function answerText(answer: Exclude<MeasureAnswer, { kind: 'nothing' }>): string {
  if (answer.kind === 'counters') {
    const sides = [...new Set(answer.total.map(({ side }) => side))].toSorted();
    return `answers with ${answer.total.length} counters (${sides.join(', ')})`;
  }
  const levels = Object.entries(answer.sides).map(([side, { value }]) =>
    side === 'both' ? String(value) : `${side} ${value}`,
  );
  return levels.length === 0 ? 'answers with a total of 0' : `answers with ${levels.join(', ')}`;
}

import type { StatusDocument } from '../../report/index.ts';
import type { Paint } from '../paint.ts';
import { heading, wrap } from './text.ts';

/** What the plan has to say about what went wrong: nothing while nothing did. */
export function contingencyLines(
  { contingencies }: StatusDocument,
  width: number,
  paint: Paint,
): readonly string[] {
  return contingencies.flatMap(({ name, why, errors, kept, tell, next }) => [
    heading(`Contingency ${name}`, paint),
    ...why.flatMap((line) => wrap(line, width, '  ')),
    ...errors.slice(0, 3).flatMap((line) => wrap(line, width, '  ')),
    ...(kept === null ? [] : wrap(kept, width, '  ')),
    ...(tell.length === 0 ? [] : wrap(`Tell ${tell.join(', ')}`, width, '  ')),
    ...next.flatMap((line, index) => wrap(`${index + 1}. ${line}`, width, '  ')),
  ]);
}

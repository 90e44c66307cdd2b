import { formatDuration } from '../../src/kernel/index.ts';
import type { SeriesDocument } from '../../src/server/routes/charts.ts';
import { momentText } from './values.ts';

/** How long a stretch of time each number is of, and how finely what it is made of is kept. */
export function keptText({
  bucketMs,
  kept,
  from,
  to,
}: Pick<SeriesDocument, 'bucketMs' | 'kept' | 'from' | 'to'>): string {
  const each = `Each number is of ${formatDuration(bucketMs)}.`;
  const finest = kept.at(-1);
  if (kept.length <= 1 && (finest === undefined || finest.everyMs < 60_000)) return each;
  const parts = kept.map(
    (part, index) =>
      `every ${formatDuration(part.everyMs)}${index === kept.length - 1 ? '' : ` before ${momentText(part.to, to - from)}`}`,
  );
  return `${each} Kept ${parts.join(', ')}.`;
}

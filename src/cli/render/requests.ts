import type { StatusDocument } from '../../report/index.ts';
import type { Paint } from '../paint.ts';
import { sideCells } from './exposure.ts';
import { type Cell, table } from './table.ts';
import { clip, heading } from './text.ts';

/** Routes that a screen has room for; `status --json` has all. */
const MOST_ROUTES = 6;
const MOST_NAME = 32;

/** What was asked for over HTTP, the busiest routes first. Nothing at all where no middleware counts. */
export function requestLines({ requests }: StatusDocument, width: number, paint: Paint): readonly string[] {
  if (requests.length === 0) return [];
  const head = ['', 'apart', 'gone', 'control', 'err', 'p95', 'candidate', 'err', 'p95'].map(
    (text, column): Cell => ({ text, style: 'dim', ...(column > 0 && { align: 'right' as const }) }),
  );
  const rows = requests
    .slice(0, MOST_ROUTES)
    .map((one): readonly Cell[] => [
      { text: clip(one.route === '(pages)' ? 'pages, as browsers say' : one.route, MOST_NAME) },
      { text: one.apart.toLocaleString('en-US'), align: 'right' },
      { text: one.aborted.toLocaleString('en-US'), align: 'right' },
      ...sideCells(one.control),
      ...sideCells(one.candidate),
    ]);
  const more = requests.length - MOST_ROUTES;
  return [
    heading('Requests, last 10 s', paint),
    ...table([head, ...rows], width, paint),
    ...(more > 0 ? [paint('dim', `  and ${more} more: --json has all`)] : []),
  ];
}

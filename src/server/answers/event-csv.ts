import type { StoredEvent } from '../../store/index.ts';
import { shownEvent } from './event.ts';

const COLUMNS = ['seq', 'at', 'kind', 'actor', 'reason', 'text', 'body', 'prev', 'hash'] as const;

export const CSV_HEAD = `${COLUMNS.join(',')}\r\n`;

/** An event as a line of RFC 4180. */
export function csvLine(stored: StoredEvent): string {
  const { seq, at, kind, body, prev, hash, text } = shownEvent(stored);
  const { actor, reason } = (body ?? {}) as { readonly actor?: unknown; readonly reason?: unknown };
  const cells = [
    String(seq),
    new Date(at).toISOString(),
    kind,
    textOf(actor),
    textOf(reason),
    text ?? '',
    JSON.stringify(body),
    prev,
    hash,
  ];
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A spreadsheet takes what begins like this for a formula, and a reason is what anybody wrote. */
const FORMULA = /^[\s]*[=+\-@\t\r]/;

function cellOf(value: string): string {
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

import { inPlainLines, spelled } from '../kernel/index.ts';
import type { Paint } from './paint.ts';

const ESCAPE = '\u001B';
/** What `paint` writes, and nothing else of its kind: weights, and the colours of `paint.ts`. */
const PAINTED = new RegExp(`(${ESCAPE}\\[(?:1|2|22|3[1236]|39)m)`);

/**
 * Whatever is shown goes through here. A reason, an instance's note, the output of a command or what an earlier version
 * wrote to the log may hold what a terminal would carry out; it is spelled out instead.
 */
export function terminalText(text: string, paint: Paint): string {
  const isPainted = paint('strong', 'x') !== 'x';
  if (!isPainted) return inPlainLines(text);
  // A pattern with a group keeps what it splits at: every second part.
  return text
    .split(PAINTED)
    .map((part, index) => (index % 2 === 0 ? inPlainLines(part) : part))
    .join('');
}

/** A value as JSON on one line that does nothing to a terminal: JSON itself lets some of it pass. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, spelled);
}

import { inOneLine } from '../kernel/index.ts';

/** The whole output is in the log; what everybody reads is a line. Characters. */
const MOST = 200;
/** How a command ended, behind what it said. */
const ENDING = /^(?:exit |timed out after |stopped: )/;

/** A stack, and what a runtime says below it, is behind the line that has the reason. */
const TELLING = /error|exception|failed|fatal/i;
const OF_STACK = /^at /;

/** Why a step failed, in a line: the last of a command's that speaks of an error, else its last, and how it ended. */
export function failureText(output: string): string {
  const lines = output
    .split(/[\r\n]+/)
    .map(inOneLine)
    .filter((line) => line !== '');
  const last = lines.at(-1) ?? 'it said nothing';
  if (!ENDING.test(last)) return clipped(lines.join('; ') || last);
  const before = lines.slice(0, -1);
  const said = before.findLast((line) => TELLING.test(line) && !OF_STACK.test(line)) ?? before.at(-1);
  return said === undefined ? clipped(last) : `${clipped(said)} (${clipped(last)})`;
}

function clipped(text: string): string {
  return text.length <= MOST ? text : `${text.slice(0, MOST - 1)}…`;
}

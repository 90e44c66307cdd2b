/** Lines that say already what happens to the folder of the state file, also that it is kept. */
const SAYS_SO = /^!?(\*\*)?\/?\.cutover(\/\*{0,2})?$/;

/** The text of a `.gitignore` with the folder of the state file in it; as it is when it has a line about it. */
export function withIgnored(text: string | null): string {
  const lines = (text ?? '').split(/\r?\n/).map((line) => line.trim());
  if (text !== null && lines.some((line) => SAYS_SO.test(line))) return text;
  const eol = text?.includes('\r\n') === true ? '\r\n' : '\n';
  const before = text ?? '';
  return `${before}${before === '' || before.endsWith('\n') ? '' : eol}.cutover/${eol}`;
}

/** The text without the line that `withIgnored` adds; `null` when nothing is left of it. */
export function withoutIgnored(text: string): string | null {
  const left = text.replace(/^\.cutover\/(?:\r?\n|$)/m, '');
  return left === '' ? null : left;
}

/** A member of an object within a JSON text: `lead` is the white space before it, `end` the place behind its value. */
export type MemberText = {
  readonly key: string;
  readonly lead: string;
  /** What stands between the key and the value: a colon with its white space. */
  readonly colon: string;
  readonly valueAt: number;
  readonly end: number;
};

/** The members of the object whose brace is the first thing at or behind `at`. The text is known to be JSON. */
export function membersOf(text: string, at: number): readonly MemberText[] {
  const members: MemberText[] = [];
  for (let from = skipSpace(text, at) + 1; ; from += 1) {
    const keyAt = skipSpace(text, from);
    if (text[keyAt] !== '"') return members;
    const keyEnd = endOfString(text, keyAt);
    const valueAt = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, valueAt);
    members.push({
      key: String(JSON.parse(text.slice(keyAt, keyEnd))),
      lead: text.slice(from, keyAt),
      colon: text.slice(keyEnd, valueAt),
      valueAt,
      end,
    });
    from = skipSpace(text, end);
    if (text[from] !== ',') return members;
  }
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (/[\s\uFEFF]/.test(text.charAt(next))) next += 1;
  return next;
}

function endOfString(text: string, at: number): number {
  let next = at + 1;
  while (text[next] !== '"') next += text[next] === '\\' ? 2 : 1;
  return next + 1;
}

function endOfValue(text: string, at: number): number {
  if (text[at] === '"') return endOfString(text, at);
  let depth = 0;
  for (let next = at; next < text.length;) {
    const mark = text.charAt(next);
    if (depth === 0 && next > at && /[,\]}\s]/.test(mark)) return next;
    if ('{['.includes(mark)) depth += 1;
    if ('}]'.includes(mark)) depth -= 1;
    next = mark === '"' ? endOfString(text, next) : next + 1;
    if (depth === 0 && '}]'.includes(mark)) return next;
  }
  return text.length;
}

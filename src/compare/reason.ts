/** What `capture` did not look into, or why it made no copy. */
const SAID: ReadonlyMap<string, string> = new Map([
  ['stream', 'a stream'],
  ['promise', 'a promise'],
  ['iterator', 'an iterator'],
  ['function', 'a function'],
  ['symbol', 'a symbol'],
  ['getter', 'a getter'],
  ['instance', 'an instance of a class'],
  ['opaque', 'an object that hides what it holds'],
  ['unreadable', 'something that throws when it is read'],
]);

/** Words with a number or a type in them. */
const PATTERNS: readonly (readonly [word: RegExp, said: string])[] = [
  [/^(\d+) nodes$/, 'more than $1 values'],
  [/^(\d+) size$/, 'more than $1 characters'],
  [/^(\d+) depth$/, 'more than $1 levels'],
  [/^circle (\d+)$/, 'the value $1 above it'],
  [/^map by (\w+)$/, 'a map with keys of type $1'],
];

/**
 * What a copy stumbled over, as people read it: a copy is made in the application's bundle, which only has a word for it.
 * `undefined` for what is no such word: a sentence that an earlier version has stored, or whatever a later one says.
 */
export function stumbleText(word: string): string | undefined {
  const found = PATTERNS.find(([pattern]) => pattern.test(word));
  return found === undefined ? SAID.get(word) : word.replace(...found);
}

/** Why nobody can say whether two answers are the same, as people read it. */
export function incomparableText(why: string): string {
  const text = stumbleText(why);
  return text === undefined ? why : `the answer: ${text}`;
}

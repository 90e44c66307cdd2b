import { incomparableText, stumbleText } from '../compare/index.ts';

const SAID: ReadonlyMap<string, string> = new Map([
  ['full', 'too many at once'],
  ['pool', 'the pool waits'],
  ['own pool', 'no connection of its own'],
  ['off', 'switched off'],
  ['breaker', 'the breaker is open'],
  ['no promise', 'it answers without a promise'],
  ['threw', 'it threw without a promise'],
  ['copy', 'the answer cannot be copied'],
  ['broken', 'the comparison failed'],
  ['learning', 'noise is not learned yet'],
  ['groups', 'more groups than are kept'],
]);
const ARGUMENT = 'argument: ';

/**
 * Why reads were dropped or not compared, as people read it: the shadow, which is in the application's bundle, only has
 * a word for it. What an earlier version has stored is a sentence and stays one, as does whatever a later one says.
 */
export function shadowReason(word: string): string {
  const said = SAID.get(word);
  if (said !== undefined) return said;
  if (!word.startsWith(ARGUMENT)) return incomparableText(word);
  const what = word.slice(ARGUMENT.length);
  return `an argument cannot be copied: ${stumbleText(what) ?? what}`;
}

import type { Place } from '../state/router.ts';
import { CopyButton } from './copy-button.tsx';

/** The same thing for a terminal, to be copied. */
export function Command({ text }: { readonly text: string }) {
  return (
    <span class="command">
      <code tabIndex={0}>{text}</code>
      <CopyButton text={text} label={text} />
    </span>
  );
}

/** A command line about a place. @param words what stands behind `cutover`; what a shell would read is quoted */
export function commandFor({ environment }: Place, ...words: readonly string[]): string {
  return ['cutover', ...words, '--environment', environment].map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

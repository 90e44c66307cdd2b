import { useSignal } from '@preact/signals';
import type { Place } from '../state/router.ts';

/** The same thing for a terminal, to be copied. */
export function Command({ text }: { readonly text: string }) {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text).catch(() => {});
    copied.value = true;
    setTimeout(() => (copied.value = false), 2_000);
  };
  return (
    <span class="command">
      <code tabIndex={0}>{text}</code>
      <button type="button" class="quiet" onClick={() => void copy()} aria-label={`Copy: ${text}`}>
        {copied.value ? 'copied' : 'copy'}
      </button>
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

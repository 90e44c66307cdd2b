import { useSignal } from '@preact/signals';

const SHOWN_MS = 2_000;

/** Copies text, and says whether it could: a page that came over plain HTTP has no clipboard. @param label what is copied */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const word = useSignal('copy');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      word.value = 'copied';
    } catch {
      word.value = 'not allowed here';
    }
    setTimeout(() => (word.value = 'copy'), SHOWN_MS);
  };
  return (
    <button type="button" class="quiet" onClick={() => void copy()} aria-label={`Copy: ${label}`}>
      {word}
    </button>
  );
}

import { useSignal } from '@preact/signals';

/** Text of several lines to be copied. @param label names it for whoever cannot see it */
export function CopyBlock({ text, label }: { readonly text: string; readonly label: string }) {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text).catch(() => {});
    copied.value = true;
    setTimeout(() => (copied.value = false), 2_000);
  };
  return (
    <div class="copy-block">
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <button type="button" class="quiet" onClick={() => void copy()} aria-label={`Copy: ${label}`}>
        {copied.value ? 'copied' : 'copy'}
      </button>
    </div>
  );
}

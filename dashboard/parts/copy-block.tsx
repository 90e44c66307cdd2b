import { CopyButton } from './copy-button.tsx';

/** Text of several lines to be copied. @param label names it for whoever cannot see it */
export function CopyBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div class="copy-block">
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}

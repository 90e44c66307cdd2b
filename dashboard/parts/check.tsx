import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

/** A box to tick, with what it means. */
export function Check({
  checked,
  children,
}: {
  readonly checked: Signal<boolean>;
  readonly children: ComponentChildren;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked.value}
        onChange={(event) => (checked.value = event.currentTarget.checked)}
      />
      <span>{children}</span>
    </label>
  );
}

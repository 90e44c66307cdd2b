import { useEffect, useRef } from 'preact/hooks';

/** Where a key is text. */
const TEXT = 'input, textarea, select, [contenteditable]';

/** Calls back when a key is pressed, but not while somebody types or a dialog is open. @param key as `KeyboardEvent.key` has it: `R` is with Shift */
export function useShortcut(key: string, onPress: () => void): void {
  const newest = useRef(onPress);
  newest.current = onPress;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(TEXT) !== null) return;
      if (document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      newest.current();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [key]);
}

import { useEffect, useRef } from 'preact/hooks';

/** Where a key is text. */
const TEXT = 'input, textarea, select, [contenteditable]';

/** Calls back when a key is pressed, but not while somebody types or a dialog is open. @param key as `KeyboardEvent.key` has it: `R` is with Shift */
export function useShortcut(key: string, onPress: () => void): void {
  const newest = useRef(onPress);
  newest.current = onPress;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key !== key || isElsewhere(event)) return;
      event.preventDefault();
      newest.current();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [key]);
}

/** Somebody types, a dialog is open, or the key is the browser's: it is not meant for the page. */
export function isElsewhere({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return true;
  if (target instanceof Element && target.closest(TEXT) !== null) return true;
  return document.querySelector('dialog[open]') !== null;
}

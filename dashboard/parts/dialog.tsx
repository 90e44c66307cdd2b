import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { said } from '../state/said.ts';

/** A modal dialog: what is behind it cannot be reached, Escape closes it, and the focus goes back to where it was. */
export function Dialog(props: {
  readonly title: string;
  readonly tone?: 'danger';
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    said.value = null;
    const before = document.activeElement;
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>('input:not([type=checkbox]), select, textarea')?.focus();
    return () => {
      // What was done may have taken the button away that opened this.
      const isThere = before instanceof HTMLElement && before.isConnected;
      (isThere ? before : document.getElementById('screen'))?.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      data-tone={props.tone}
      aria-label={props.title}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <h2>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { MeDocument } from '../../src/server/routes/access.ts';
import { route } from '../state/router.ts';
import { said } from '../state/said.ts';
import { may } from '../state/session.ts';
import { ChangeForm, type Change } from './change-form.tsx';
import { Dialog } from './dialog.tsx';

type Props = Omit<Change, 'place'> & {
  /** Of the button, and of the dialog where that has no `title`. */
  readonly label: string;
  readonly title?: string;
  readonly permission: MeDocument['permissions'][number];
  readonly tone?: 'danger';
  /** Whether there is something to do now. A dialog that is open stays, so that nobody loses what they type. */
  readonly available?: boolean;
  readonly lacks?: string | null;
  /** What is said once it is done: `Paused.` */
  readonly done: string;
  /** What will happen, and further fields. */
  readonly children?: ComponentChildren;
};

/**
 * A button for a change that a person may ask for, with a dialog that says what will happen and asks why. Whoever may not
 * ask for it is shown nothing.
 *
 * @example
 * <Action label="Pause" permission="operate" path="pause" words={['pause']} done="Paused.">
 *   <p>The run stops where it is.</p>
 * </Action>
 */
export function Action(props: Props) {
  const { label, title = label, permission, tone, available = true, lacks, done, children } = props;
  const isOpen = useSignal(false);
  const { place } = route.value;
  if (place === null || !may(permission)) return null;
  const { path, body = {}, words } = props;
  const close = (): void => void (isOpen.value = false);
  return (
    <>
      {available ? (
        <button
          type="button"
          class={tone}
          data-action={path}
          aria-haspopup="dialog"
          onClick={() => (isOpen.value = true)}
        >
          {label}
        </button>
      ) : null}
      {isOpen.value ? (
        <Dialog title={title} onClose={close} {...(tone && { tone })}>
          <ChangeForm
            change={{ place, path, body, words }}
            send={label}
            onClose={close}
            onDone={({ events }) => {
              close();
              said.value = events.length === 0 ? 'It was so already: nothing was changed.' : done;
            }}
            {...(tone && { tone })}
            {...(lacks != null && { lacks })}
          >
            {children}
          </ChangeForm>
        </Dialog>
      ) : null}
    </>
  );
}

import { useSignal } from '@preact/signals';
import { Fragment } from 'preact';
import { useEffect } from 'preact/hooks';
import { SCREENS } from '../screens/index.ts';
import { navigate, pathTo, route, type Place } from '../state/router.ts';
import { may } from '../state/session.ts';
import { isElsewhere } from '../state/shortcut.ts';
import { Dialog } from './dialog.tsx';

/** Keys that work on every screen: `g` and the key of a screen, `?` for the list of them. */
export function Keyboard({ place }: { readonly place: Place }) {
  const isListed = useSignal(false);
  useEffect(() => {
    // After `g` the next key names a screen, however long somebody takes for it.
    let isChord = false;
    const press = (event: KeyboardEvent): void => {
      if (isElsewhere(event)) return;
      const screen = isChord ? SCREENS.find(({ key }) => key === event.key) : undefined;
      isChord = !isChord && event.key === 'g';
      if (screen !== undefined) navigate(pathTo(place, screen.path));
      else if (event.key === '?') isListed.value = true;
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [place.migration, place.environment]);
  return (
    <>
      <button
        type="button"
        class="quiet keys"
        aria-haspopup="dialog"
        aria-keyshortcuts="?"
        onClick={() => (isListed.value = true)}
      >
        keys: ?
      </button>
      {isListed.value ? <Keys onClose={() => (isListed.value = false)} /> : null}
    </>
  );
}

function Keys({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="terms">
        {SCREENS.map(({ path, title, key }) => (
          <Fragment key={path}>
            <dt>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>{title}</dd>
          </Fragment>
        ))}
        {may('operate') ? (
          <>
            <dt>
              <kbd>Shift</kbd> <kbd>R</kbd>
            </dt>
            <dd>Roll back: opens the question</dd>
          </>
        ) : null}
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>These keys</dd>
        <dt>
          <kbd>Esc</kbd>
        </dt>
        <dd>Closes what is open</dd>
      </dl>
      <p>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}

let isFirstAddress = true;

/** Whoever goes to another screen is there, by keyboard and by ear, and not at the link that led there. */
export function useFocusOnScreen(): void {
  const { place, screen, rest } = route.value;
  useEffect(() => {
    if (!isFirstAddress) document.getElementById('screen')?.focus({ preventScroll: true });
    isFirstAddress = false;
  }, [place?.migration, place?.environment, screen, rest]);
}

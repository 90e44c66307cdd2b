import type { ComponentChildren } from 'preact';
import { SCREENS } from '../screens/index.ts';
import {
  connection,
  failure,
  isOutdated,
  isReading,
  replacements,
  status,
  troubleSince,
} from '../state/live.ts';
import { pathTo, route, type Place } from '../state/router.ts';
import { said } from '../state/said.ts';
import { Keyboard, useFocusOnScreen } from './keyboard.tsx';
import { Link } from './link.tsx';
import { RollBackProgress } from './roll-back-progress.tsx';
import { RollBack } from './roll-back.tsx';
import { RunActions } from './run-actions.tsx';
import { Person } from './person.tsx';
import { age } from './time.tsx';

/** What stands around every screen: where one is, how things stand in a sentence, whether that is live, and who looks. */
export function Frame({ place, children }: { readonly place: Place; readonly children: ComponentChildren }) {
  const shown = status.value;
  const isProtected = shown?.protected === true;
  useFocusOnScreen();
  return (
    <div
      class="frame"
      data-connection={connection.value.kind}
      data-stream={isReading.value ? 'own' : 'shared'}
    >
      <a class="skip" href="#screen">
        To the screen
      </a>
      {isProtected ? (
        <aside class="band" aria-label="Environment">
          {place.environment}, protected
        </aside>
      ) : null}
      <nav aria-label="Screens">
        <p class="product">
          <Link to="/">cutover</Link>
        </p>
        <p class="place">
          <strong>{shown?.title ?? place.migration}</strong>
          <br />
          <span class="environment">{place.environment}</span>
        </p>
        <ul>
          {SCREENS.map(({ path, title }) => (
            <li key={path}>
              <Link to={pathTo(place, path)} current={route.value.screen === path}>
                {title}
              </Link>
            </li>
          ))}
        </ul>
        <Keyboard place={place} />
      </nav>
      <header class="top">
        <div>
          <p class="sentence" aria-live="polite">
            {shown?.sentence ?? 'Reading…'}
            {shown?.waitingFor == null ? null : <span class="waiting"> Waiting for {shown.waitingFor}.</span>}
          </p>
          <RunActions place={place} />
        </div>
        <Standing />
        <RollBack place={place} />
      </header>
      <aside class="notices" aria-label="Notices">
        <RollBackProgress />
        {troubleSince.value === null ? null : (
          <p class="notice" role="status">
            The server cannot read its store. What is shown is older than that, and may be wrong by now.
          </p>
        )}
        {replacements.value === 0 ? null : (
          <p class="notice" role="status">
            Another log was put in the place of the one that was shown here: a backup, or the state of
            somebody else. Everything shown is of that one now.{' '}
            <a href={location.href}>Load this page again</a>
          </p>
        )}
        {isOutdated.value ? (
          <p class="notice" role="status">
            The server was replaced by another version. <a href={location.href}>Load this page again</a>
          </p>
        ) : null}
        <div class="said">
          <p role="status">{said.value}</p>
          {said.value === null ? null : (
            <button type="button" class="quiet" aria-label="Put away" onClick={() => (said.value = null)}>
              ✕
            </button>
          )}
        </div>
      </aside>
      <main id="screen" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** Whether what is shown is of now, and who looks at it. */
function Standing() {
  const { kind, ageMs } = connection.value;
  const ago = ageMs === null ? '' : age(ageMs);
  const text = {
    connecting: ageMs === null || ageMs < 3_000 ? 'connecting…' : `connecting · ${ago}`,
    live: ageMs === null || ageMs < 1_500 ? 'live · now' : `live · ${ago} ago`,
    stale: `stale · ${ago}`,
    lost: `disconnected · ${ago}`,
  }[kind];
  return (
    <div class="standing">
      <span
        class="connection"
        data-kind={kind}
        role="status"
        aria-live={kind === 'stale' || kind === 'lost' ? 'polite' : 'off'}
        title={failure.value?.message}
      >
        {text}
      </span>
      <Person />
    </div>
  );
}

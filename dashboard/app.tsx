import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Frame } from './parts/frame.tsx';
import { Empty, Failure } from './parts/page.tsx';
import { Waiting } from './parts/waiting.tsx';
import { SCREENS } from './screens/index.ts';
import { Places } from './screens/places.tsx';
import { SignIn } from './screens/sign-in.tsx';
import type { MeDocument } from '../src/server/routes/access.ts';
import { ApiError, get } from './state/api.ts';
import { follow } from './state/follow.ts';
import { failure, refusal, status } from './state/live.ts';
import { route, type Place } from './state/router.ts';
import { identityOf, me } from './state/session.ts';

/** Who looks decides first, then the address. */
export function App() {
  if (me.value === undefined)
    return (
      <main class="alone">
        <h1>cutover</h1>
        <Waiting what="Asking the server who you are" failure={unanswered.value} />
      </main>
    );
  if (me.value === null) return <SignIn onToken={() => void askWho()} />;
  const { place } = route.value;
  if (place === null)
    return (
      <main class="alone">
        <h1>cutover</h1>
        <Places />
      </main>
    );
  const who = me.value;
  return <At key={`${place.migration}/${place.environment} ${identityOf(who)}`} place={place} who={who} />;
}

/** Why it is not known who looks. */
const unanswered = signal<ApiError | null>(null);

/** Asks who looks, again and again while the server is not there. */
export async function askWho(): Promise<void> {
  for (;;) {
    try {
      me.value = await get<MeDocument>('/me');
      return;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return;
      if (error instanceof ApiError) unanswered.value = error;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  }
}

function At({ place, who }: { readonly place: Place; readonly who: MeDocument }) {
  useEffect(() => follow(place, who), []);
  const { screen, rest } = route.value;
  const found = SCREENS.find(({ path }) => path === screen);
  const View = found?.view;
  document.title = `${found?.title ?? 'cutover'} · ${place.migration}/${place.environment}`;
  return (
    <Frame place={place}>
      <h1 class="sr-only">{found?.title ?? 'No such screen'}</h1>
      {refusal.value !== null ? (
        <Failure error={refusal.value} />
      ) : status.value === null ? (
        <Waiting what="Reading what the server knows" failure={failure.value} />
      ) : View === undefined ? (
        <Empty>There is no screen “{screen}”.</Empty>
      ) : (
        <View place={place} rest={rest} />
      )}
    </Frame>
  );
}

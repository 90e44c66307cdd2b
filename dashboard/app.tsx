import { useEffect } from 'preact/hooks';
import { Frame } from './parts/frame.tsx';
import { Empty, Failure } from './parts/page.tsx';
import { SCREENS } from './screens/index.ts';
import { Places } from './screens/places.tsx';
import { SignIn } from './screens/sign-in.tsx';
import type { MeDocument } from '../src/server/routes/access.ts';
import { ApiError, get } from './state/api.ts';
import { follow, refusal, status } from './state/live.ts';
import { route, type Place } from './state/router.ts';
import { me } from './state/session.ts';

/** Who looks decides first, then the address. */
export function App() {
  if (me.value === undefined) return <Empty>Asking the server who you are…</Empty>;
  if (me.value === null) return <SignIn onToken={() => void askWho()} />;
  const { place } = route.value;
  if (place === null)
    return (
      <main class="alone">
        <h1>cutover</h1>
        <Places />
      </main>
    );
  return <At key={`${place.migration}/${place.environment}`} place={place} />;
}

/** Asks who looks, again and again while the server is not there. */
export async function askWho(): Promise<void> {
  for (;;) {
    try {
      me.value = await get<MeDocument>('/me');
      return;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  }
}

function At({ place }: { readonly place: Place }) {
  useEffect(() => follow(place), []);
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
        <Empty>Reading what the server knows…</Empty>
      ) : View === undefined ? (
        <Empty>There is no screen “{screen}”.</Empty>
      ) : (
        <View place={place} rest={rest} />
      )}
    </Frame>
  );
}

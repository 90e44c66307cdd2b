import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MigrationsDocument } from '../../src/server/routes/standing.ts';
import { Chip, toneOfVerdict } from '../parts/chip.tsx';
import { Link } from '../parts/link.tsx';
import { Empty, Failure } from '../parts/page.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { ApiError, get } from '../state/api.ts';
import { wordOf } from '../state/repositories.ts';
import { navigate, pathTo } from '../state/router.ts';
import { standingOf, worstFirst } from '../state/standing.ts';
import { everyWhileVisible } from '../state/visible.ts';

/** How they stand is asked for again so often. Milliseconds. */
const EVERY_MS = 5_000;

/** Migrations and their environments. Where there is one only, it is gone to. */
export function Places() {
  const loaded = useSignal<MigrationsDocument['migrations'] | null>(null);
  const failed = useSignal<ApiError | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const ask = (): Promise<void> =>
      get<MigrationsDocument>('/migrations', abort.signal).then(
        ({ migrations }) => {
          const [only, ...more] = migrations;
          if (only !== undefined && more.length === 0) navigate(pathTo(only), 'replace');
          loaded.value = migrations;
          failed.value = null;
        },
        (error: unknown) => {
          if (error instanceof ApiError) failed.value = error;
        },
      );
    const stop = everyWhileVisible(EVERY_MS, ask);
    return () => {
      stop();
      abort.abort();
    };
  }, []);
  const shown = loaded.value;
  if (shown === null) return <Waiting what="Reading which migrations there are" failure={failed.value} />;
  if (shown.length === 0)
    return (
      <Empty>
        The store has no migration yet. `cutover run`, or a server with a configuration, brings one.
      </Empty>
    );
  return (
    <>
      {failed.value === null ? null : <Failure error={failed.value} />}
      <ul class="places">
        {worstFirst(shown).map((one) => (
          <li key={`${one.migration}/${one.environment}`} class="card">
            <Place place={one} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Place({ place }: { readonly place: MigrationsDocument['migrations'][number] }) {
  const { migration, environment, title, state, sentence, waitingFor, verdict, isConfigured } = place;
  const { tone, text } = standingOf(state);
  const isOn = state === 'running' || state === 'paused';
  return (
    <>
      <header>
        <h2>
          <Link to={pathTo({ migration, environment })}>
            {title} · {environment}
          </Link>
        </h2>
        <span>
          {place.protected ? <strong class="quiet">protected </strong> : null}
          <Chip tone={tone} text={text} />{' '}
          {isOn && verdict !== null ? (
            <Chip tone={toneOfVerdict(verdict)} text={`gate: ${wordOf({ verdict, colour: 'none' })}`} />
          ) : null}
        </span>
      </header>
      <p>
        {sentence}
        {waitingFor === null ? null : <span class="waiting"> Waiting for {waitingFor}.</span>}
      </p>
      {isConfigured ? null : (
        <p class="quiet">The configuration of this server does not have it; the log does.</p>
      )}
    </>
  );
}

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MigrationsDocument } from '../../src/server/routes/standing.ts';
import { Link } from '../parts/link.tsx';
import { Empty, Failure } from '../parts/page.tsx';
import { ApiError, get } from '../state/api.ts';
import { navigate, pathTo } from '../state/router.ts';

/** Migrations and their environments. Where there is one only, it is gone to. */
export function Places() {
  const loaded = useSignal<MigrationsDocument['migrations'] | ApiError | null>(null);
  useEffect(() => {
    get<MigrationsDocument>('/migrations').then(
      ({ migrations }) => {
        const [only, ...more] = migrations;
        if (only !== undefined && more.length === 0) navigate(pathTo(only));
        loaded.value = migrations;
      },
      (error: unknown) => {
        if (error instanceof ApiError) loaded.value = error;
      },
    );
  }, []);
  const shown = loaded.value;
  if (shown instanceof ApiError) return <Failure error={shown} />;
  if (shown === null) return <Empty>Reading…</Empty>;
  if (shown.length === 0)
    return (
      <Empty>
        The store has no migration yet. `cutover run`, or a server with a configuration, brings one.
      </Empty>
    );
  return (
    <ul class="places">
      {shown.map(({ migration, environment, title, sentence, protected: isProtected }) => (
        <li key={`${migration}/${environment}`} class="card">
          <h2>
            <Link to={pathTo({ migration, environment })}>
              {title} · {environment}
            </Link>
          </h2>
          <p>
            {isProtected ? <strong>protected · </strong> : null}
            {sentence}
          </p>
        </li>
      ))}
    </ul>
  );
}

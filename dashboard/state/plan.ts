import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Plan } from '../../src/plan/index.ts';
import type { PlanDocument } from '../../src/server/routes/plan.ts';
import { about, get } from './api.ts';
import { status } from './live.ts';
import { AGAIN_MS } from './loaded.ts';
import type { Place } from './router.ts';

/** The plan of the run, else that of the configuration; `null` while it is not known. Asked for again when the run has another one. */
export function usePlan(place: Place): Plan | null {
  const plan = useSignal<Plan | null>(null);
  const hash = status.value?.run?.planHash;
  useEffect(() => {
    const abort = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void =>
      void get<PlanDocument>(about(place, 'plan'), abort.signal).then(
        ({ plan: own, running }) => (plan.value = running?.plan ?? own),
        () => {
          if (!abort.signal.aborted) again = setTimeout(ask, AGAIN_MS);
        },
      );
    ask();
    return () => {
      clearTimeout(again);
      abort.abort();
    };
  }, [place.migration, place.environment, hash]);
  return plan.value;
}

import { useSignal, type Signal } from '@preact/signals';
import { about } from '../state/api.ts';
import { useLoaded } from '../state/loaded.ts';
import type { Place } from '../state/router.ts';
import { Action } from './action.tsx';
import { Failure } from './page.tsx';

/** What users report by mail or telephone, for the row that judges it. */
export function CountComplaints({
  place,
  available,
}: {
  readonly place: Place;
  readonly available: boolean;
}) {
  const counter = useSignal('complaints');
  const count = useSignal('1');
  const number = Number(count.value);
  const isCount = Number.isInteger(number) && number >= 1 && number <= 1e9;
  return (
    <Action
      label="Count complaints"
      permission="operate"
      path="count"
      body={{ counter: counter.value, count: number }}
      words={['complaint', 'add', count.value || '…', '--counter', counter.value]}
      done={`Counted: ${count.value} of ${counter.value}.`}
      available={available}
      lacks={isCount ? null : `${JSON.stringify(count.value)} is no whole number of at least 1.`}
    >
      <Counters place={place} counter={counter} />
      <label>
        How many
        <input
          inputMode="numeric"
          name="count"
          autocomplete="off"
          value={count.value}
          onInput={(event) => (count.value = event.currentTarget.value)}
        />
      </label>
    </Action>
  );
}

type PlanDocument = {
  readonly plan: {
    readonly metrics: Readonly<Record<string, { readonly kind: string; readonly counter?: string }>>;
  };
};

/** The counters that metrics of the plan read, asked for when somebody wants to add to one. */
function Counters({ place, counter }: { readonly place: Place; readonly counter: Signal<string> }) {
  const { value, error } = useLoaded<PlanDocument>(about(place, 'plan')).value;
  if (error !== null) return <Failure error={error} />;
  const names = Object.values(value?.plan.metrics ?? {}).flatMap((metric) => metric.counter ?? []);
  return (
    <label>
      Counter
      <select value={counter.value} onChange={(event) => (counter.value = event.currentTarget.value)}>
        {[...new Set([counter.value, ...names])].map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

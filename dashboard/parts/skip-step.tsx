import { useSignal } from '@preact/signals';
import type { StatusDocument } from '../../src/report/index.ts';
import { Check } from './check.tsx';
import { Action } from './action.tsx';

/** Leaves a step out, the current one or one ahead. The server says which it may not be. */
export function SkipStep({
  status,
  available,
}: {
  readonly status: StatusDocument;
  readonly available: boolean;
}) {
  const picked = useSignal('');
  const isOverridden = useSignal(false);
  const open = status.phases.flatMap(({ id, steps }) =>
    steps
      .filter(({ state }) => state === 'current' || state === 'ahead')
      .map((step) => ({ phase: id, step })),
  );
  return (
    <Action
      label="Skip a step"
      permission="operate"
      path="skip"
      body={{ step: picked.value, override: isOverridden.value }}
      words={['skip', picked.value || '…', ...(isOverridden.value ? ['--override'] : [])]}
      done={`${picked.value} is skipped.`}
      available={available && open.length > 0}
      lacks={picked.value === '' ? 'Pick a step.' : null}
    >
      <p>
        The step is left out of this run. Nothing is skipped over a red gate, nor an exposure that is judged.
      </p>
      <label>
        Step
        <select value={picked.value} onChange={(event) => (picked.value = event.currentTarget.value)}>
          <option value="">pick one</option>
          {open.map(({ phase, step: { id, title } }) => (
            <option key={`${phase}/${id}`} value={`${phase}/${id}`}>
              {phase}/{id}: {title}
            </option>
          ))}
        </select>
      </label>
      <Check checked={isOverridden}>
        Also if it exposes, judges or decides (needed in a protected environment)
      </Check>
    </Action>
  );
}

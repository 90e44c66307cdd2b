import { useSignal } from '@preact/signals';
import { status } from '../state/live.ts';
import type { Place } from '../state/router.ts';
import { Check } from './check.tsx';
import { Action } from './action.tsx';
import { RollBackOne } from './roll-back.tsx';

/** What a person may ask for one repository: its flag by hand, and the way back. */
export function RepositoryActions({
  place,
  repository,
}: {
  readonly place: Place;
  readonly repository: string;
}) {
  const written = useSignal('');
  const isOverridden = useSignal(false);
  const found = status.value?.exposure.find((one) => one.repository === repository);
  if (found === undefined) return null;
  const value = flagValue(written.value);
  return (
    <div class="run-actions" role="group" aria-label={`The repository ${repository}`}>
      <Action
        label="Set its flag"
        title={`Set ${found.flag} in ${place.environment}`}
        permission="operate"
        path="flag"
        body={{ flag: found.flag, value, override: isOverridden.value }}
        words={[
          'flag',
          'set',
          found.flag,
          written.value.trim() || '…',
          ...(isOverridden.value ? ['--override'] : []),
        ]}
        done={`${found.flag} is ${written.value.trim()}.`}
        lacks={value === null ? 'Write true, false, or a percentage such as 10 or 0.25.' : null}
      >
        <p>
          It is {found.set === null ? 'unset' : `${found.set} %`} now. <code>false</code> is a kill, which
          only resuming lifts; <code>true</code> is 100 %. While a run is on it may be lowered, and only the
          plan raises it.
        </p>
        <label>
          Value
          <input
            name="value"
            autocomplete="off"
            value={written.value}
            onInput={(event) => (written.value = event.currentTarget.value)}
          />
        </label>
        <Check checked={isOverridden}>Raise it although the plan has a freeze</Check>
      </Action>
      <RollBackOne place={place} repository={repository} />
    </div>
  );
}

/** As the command line reads it; whether a number is in range is for the server to say. */
function flagValue(text: string): boolean | number | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  const number = /^(\d+(?:\.\d+)?) ?%?$/.exec(trimmed)?.[1];
  return number === undefined ? null : Number(number);
}

import { useSignal } from '@preact/signals';
import { ignoreRuleText, type Explanation } from '../state/mismatch-text.ts';
import type { Place } from '../state/router.ts';
import { Command, commandFor } from './command.tsx';
import { CopyBlock } from './copy-block.tsx';

/** Rules stand in the application's own files and are reviewed there, so this writes the text and changes nothing. */
export function IgnoreRuleForm({
  explained,
  place,
}: {
  readonly explained: Explanation;
  readonly place: Place;
}) {
  const { group, ignore } = explained;
  const owner = useSignal(ignore.owner);
  const reason = useSignal('');
  const expires = useSignal(ignore.expires);
  const missing = [
    ...(owner.value.trim() === '' ? ['an owner'] : []),
    ...(reason.value.trim() === '' ? ['a reason'] : []),
    ...(expires.value === '' ? ['a last day'] : []),
  ];
  const rule = { owner: owner.value, reason: reason.value, expires: expires.value };
  return (
    <div class="ignore-rule">
      <p>
        A difference that somebody answers for until a day does not count. The rule is part of the
        application: put it into <code>shadow.operations</code> of repository {group.repository}, and it holds
        once that is deployed.
        {group.as === undefined ? null : (
          <>
            {' '}
            If the application takes both for the same everywhere, <code>same: ['{group.as}']</code> says so
            instead.
          </>
        )}
      </p>
      <div class="fields">
        <label>
          Owner
          <input value={owner.value} onInput={(event) => (owner.value = event.currentTarget.value)} />
        </label>
        <label>
          Reason
          <input
            value={reason.value}
            placeholder="why callers can live with it"
            onInput={(event) => (reason.value = event.currentTarget.value)}
          />
        </label>
        <label>
          Until, the last day in UTC
          <input
            type="date"
            value={expires.value}
            onInput={(event) => (expires.value = event.currentTarget.value)}
          />
        </label>
      </div>
      {missing.length === 0 ? (
        <CopyBlock label="Ignore rule" text={ignoreRuleText(group, rule)} />
      ) : (
        <p class="empty" role="status">
          The rule needs {missing.join(' and ')}.
        </p>
      )}
      <Command text={commandFor(place, 'mismatches', 'explain', group.id)} />
    </div>
  );
}

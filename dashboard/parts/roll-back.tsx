import { useSignal } from '@preact/signals';
import type { OperationDocument } from '../../src/server/routes/operations.ts';
import { useShortcut } from '../state/shortcut.ts';
import type { Place } from '../state/router.ts';
import { said } from '../state/said.ts';
import { may } from '../state/session.ts';
import { Check } from './check.tsx';
import { ChangeForm } from './change-form.tsx';
import { Dialog } from './dialog.tsx';
import { Consequences } from './roll-back-consequences.tsx';

type Props = {
  readonly place: Place;
  /** `null` is everything. */
  readonly repository?: string | null;
};

/**
 * The way back, at hand whatever the screen shows and whether or not it is of now: the server decides by what it knows. The
 * dialog says what would happen before it asks for anything.
 */
export function RollBack({ place }: Props) {
  const isOpen = useSignal(false);
  const isAllowed = may('operate');
  useShortcut('R', () => {
    if (isAllowed) isOpen.value = true;
  });
  if (!isAllowed) return null;
  return (
    <>
      <button
        type="button"
        class="danger roll-back"
        data-action="rollback"
        aria-haspopup="dialog"
        aria-keyshortcuts="Shift+R"
        title="Shift+R"
        onClick={() => (isOpen.value = true)}
      >
        ROLL BACK
      </button>
      {isOpen.value ? <RollBackDialog place={place} onClose={() => (isOpen.value = false)} /> : null}
    </>
  );
}

/** The same for one repository, where that is looked at. */
export function RollBackOne({ place, repository }: { readonly place: Place; readonly repository: string }) {
  const isOpen = useSignal(false);
  if (!may('operate')) return null;
  return (
    <>
      <button type="button" class="danger" aria-haspopup="dialog" onClick={() => (isOpen.value = true)}>
        Roll back {repository}
      </button>
      {isOpen.value ? (
        <RollBackDialog place={place} repository={repository} onClose={() => (isOpen.value = false)} />
      ) : null}
    </>
  );
}

function RollBackDialog(props: Props & { readonly onClose: () => void }) {
  const { place, repository = null, onClose } = props;
  const isHard = useSignal(false);
  const named = repository === null ? [] : ['--repository', repository];
  const body = { repositories: repository === null ? null : [repository] };
  const what = repository ?? 'everything';
  const change = isHard.value
    ? { place, path: 'kill', body: { ...body, hard: true }, words: ['kill', '--hard', ...named] }
    : { place, path: 'rollback', body, words: ['rollback', ...named] };
  return (
    <Dialog title={`Roll back ${what} in ${place.environment}`} tone="danger" onClose={onClose}>
      <ChangeForm
        change={change}
        send={isHard.value ? `Kill ${what}` : `Roll back ${what}`}
        tone="danger"
        onClose={onClose}
        onDone={(answer) => {
          onClose();
          said.value = saidOf(answer, what);
        }}
      >
        <Consequences place={place} repository={repository} />
        <Check checked={isHard}>
          Hard kill: also what is pinned to the candidate, in the middle of its work. One request may then be
          served by both sides. For wrong data, not for slow answers.
        </Check>
      </ChangeForm>
    </Dialog>
  );
}

function saidOf({ events }: OperationDocument, what: string): string {
  return events.length === 0
    ? `${what} was taken back already: nothing was done twice.`
    : `The flags of ${what} are down. It is over when every instance has acknowledged.`;
}

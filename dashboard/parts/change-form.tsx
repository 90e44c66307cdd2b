import { useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import type { OperationDocument } from '../../src/server/routes/operations.ts';
import { about, ApiError, post } from '../state/api.ts';
import { connection, learn, status } from '../state/live.ts';
import type { Place } from '../state/router.ts';
import { Command, commandFor } from './command.tsx';
import { Failure } from './page.tsx';

/** A change as the server and the command line take it. */
export type Change = {
  readonly place: Place;
  /** Of the route: `pause`. */
  readonly path: string;
  /** What the route takes beside the reason and the confirmation. */
  readonly body?: object;
  /** The same for a terminal: what stands behind `cutover`, but for environment, confirmation and reason. */
  readonly words: readonly string[];
};

type Props = {
  readonly change: Change;
  readonly send: string;
  readonly tone?: 'danger';
  /** What is missing beside a reason, in a sentence; it is asked for before anything is sent. */
  readonly lacks?: string | null;
  readonly onDone: (answer: OperationDocument) => void;
  readonly onClose: () => void;
  /** What will happen, and further fields. */
  readonly children?: ComponentChildren;
};

/**
 * What every change asks: why, and in a protected environment the plan's id. It shows the command that does the same, sends
 * once, and keeps what was typed when the server refuses.
 */
export function ChangeForm({ change, send, tone, lacks = null, onDone, onClose, children }: Props) {
  const { place, path, body = {}, words } = change;
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const reason = useSignal('');
  const confirm = useSignal('');
  const isSending = useSignal(false);
  const failure = useSignal<Pick<ApiError, 'code' | 'message' | 'hint'> | null>(null);
  // Before the status is there, nobody knows: the id is asked for then.
  const isProtected = useComputed(() => status.value?.protected !== false);
  const missing = (): { readonly field: string; readonly message: string } | null => {
    if (lacks !== null) return { field: '', message: lacks };
    if (reason.value.trim() === '') return { field: 'reason', message: 'Say why. It is kept in the log.' };
    if (isProtected.value && confirm.value.trim() !== place.migration)
      return { field: 'confirm', message: `${place.environment} is protected: type ${place.migration}.` };
    return null;
  };
  const submit = async (): Promise<void> => {
    if (isSending.value) return;
    const lack = missing();
    if (lack !== null) {
      failure.value = { code: 'INCOMPLETE', message: lack.message, hint: null };
      form.current?.querySelector<HTMLElement>(`[name='${lack.field}']`)?.focus();
      return;
    }
    isSending.value = true;
    failure.value = null;
    const confirmed = isProtected.value ? { confirm: confirm.value.trim() } : {};
    try {
      const sent = { ...body, reason: reason.value.trim(), ...confirmed };
      const answer = await post<OperationDocument>(about(place, path), sent);
      learn(answer.status);
      onDone(answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure.value = error;
    } finally {
      isSending.value = false;
    }
  };
  const confirmWords = isProtected.value ? ['--confirm', place.migration] : [];
  return (
    <form
      ref={form}
      class="change"
      noValidate
      aria-busy={isSending.value}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {children}
      <NotLive />
      <label for={`${id}-reason`}>Reason, kept in the log</label>
      <input
        id={`${id}-reason`}
        name="reason"
        autocomplete="off"
        required
        maxLength={1_000}
        value={reason.value}
        onInput={(event) => (reason.value = event.currentTarget.value)}
      />
      {isProtected.value ? (
        <>
          <label for={`${id}-confirm`}>
            {place.environment} is protected. Type <code>{place.migration}</code>
          </label>
          <input
            id={`${id}-confirm`}
            name="confirm"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            required
            value={confirm.value}
            onInput={(event) => (confirm.value = event.currentTarget.value)}
          />
        </>
      ) : null}
      <p class="quiet">The same on a terminal:</p>
      <Command text={commandFor(place, ...words, ...confirmWords, '--reason', reason.value.trim() || '…')} />
      {failure.value === null ? null : <Refused failure={failure.value} />}
      <p class="buttons">
        <button type="submit" class={tone} disabled={isSending.value}>
          {isSending.value ? 'Sending…' : send}
        </button>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </form>
  );
}

function Refused({ failure }: { readonly failure: Pick<ApiError, 'code' | 'message' | 'hint'> }) {
  if (failure.code === 'INCOMPLETE') return <Failure error={failure} />;
  if (failure.code !== 'UNREACHED')
    return (
      <Failure error={{ message: `Refused (${failure.code}): ${failure.message}`, hint: failure.hint }} />
    );
  return (
    <Failure
      error={{
        message: `It could not be sent, or its answer was lost: ${failure.message}.`,
        hint: 'the log says whether it was done; the command above does the same where the state can be reached',
      }}
    />
  );
}

/** A change is decided by the server from what it knows, so it may be tried all the same. */
function NotLive() {
  const { kind } = connection.value;
  if (kind !== 'stale' && kind !== 'lost') return null;
  return (
    <p class="notice">
      This page is {kind === 'lost' ? 'disconnected' : 'stale'}: what it shows may be wrong by now. Sending is
      tried all the same; if it does not get through, the command below does the same.
    </p>
  );
}

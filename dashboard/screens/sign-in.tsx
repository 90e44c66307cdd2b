import { useSignal } from '@preact/signals';
import { signIn } from '../state/session.ts';

/** Whoever the server does not know: by the link it printed, or with a token. */
export function SignIn({ onToken }: { readonly onToken: () => void }) {
  const text = useSignal('');
  const isMissing = useSignal(false);
  return (
    <form
      class="card sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        isMissing.value = text.value.trim() === '';
        if (isMissing.value) return;
        signIn(text.value.trim());
        onToken();
      }}
    >
      <h1>cutover</h1>
      <p>
        This server does not know you. Open the link that <code>cutover serve</code> printed, or paste a token
        (<code>cutover token create</code> makes one). A token is kept for this tab only.
      </p>
      <label>
        Token
        <input
          type="password"
          autocomplete="off"
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      {isMissing.value ? <p role="alert">Paste a token first.</p> : null}
      <button type="submit">Sign in</button>
    </form>
  );
}

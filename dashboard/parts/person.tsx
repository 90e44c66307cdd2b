import { signOut } from '../state/sign-out.ts';
import { me } from '../state/session.ts';

/** Who looks, with a way out. Whoever came through a proxy signs out there. */
export function Person() {
  const { value } = me;
  if (value == null) return null;
  return (
    <span class="person">
      {value.actor} · {value.readOnly ? 'read-only' : value.roles.join(', ')}
      {value.by === 'proxy' ? null : (
        <button type="button" class="quiet" onClick={() => void signOut()}>
          Sign out
        </button>
      )}
    </span>
  );
}

import { headers } from './api.ts';
import { said } from './said.ts';
import { forget, me } from './session.ts';

/** A cookie ends at the server, where a copy of it would go on to count; a token is only forgotten by this tab. */
export async function signOut(): Promise<void> {
  if (me.peek()?.by === 'session') {
    const response = await fetch('/leave', { method: 'POST', headers: headers() }).catch(() => null);
    if (response?.ok !== true && response?.status !== 401) {
      said.value = 'You are not signed out: the server was not reached. Try again.';
      return;
    }
  }
  forget();
}

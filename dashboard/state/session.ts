import { signal } from '@preact/signals';
import type { MeDocument } from '../../src/server/routes/access.ts';

const KEPT = 'cutover.token';

/** A pasted token lives as long as this tab; whoever came by the link or a proxy has none. */
export const token = signal<string | null>(sessionStorage.getItem(KEPT));

/** Who looks: `undefined` until the server said, `null` if it does not know them. */
export const me = signal<MeDocument | null | undefined>(undefined);

export function signIn(text: string): void {
  sessionStorage.setItem(KEPT, text);
  token.value = text;
}

/** The server does not take what was sent any more. */
export function forget(): void {
  sessionStorage.removeItem(KEPT);
  token.value = null;
  me.value = null;
}

/** The same text for the same person with the same say. */
export function identityOf({ by, actor, roles, scopes, approves }: MeDocument): string {
  return JSON.stringify([by, actor, roles, scopes, approves]);
}

/** Whoever may not do something is shown no button for it. */
export function may(permission: MeDocument['permissions'][number]): boolean {
  const { value } = me;
  if (value == null) return false;
  return value.permissions.includes(permission) && (permission === 'read' || !value.readOnly);
}

import type { ServeOptions, Serving } from './serve.ts';

export { createToken, listTokens, revokeToken } from './access/manage.ts';
export { isRole } from './access/events.ts';
export type { ProxySettings } from './access/proxy.ts';
export { ROLES, type Role } from './access/role.ts';
export { isUsable, type StoredToken } from './access/token.ts';

/** What it needs is loaded here and not before: no other command pays for it. @throws CutoverError `USAGE` where it cannot listen */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { listen } = await import('./serve.ts');
  return listen(options);
}

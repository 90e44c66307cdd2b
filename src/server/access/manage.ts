import { CutoverError, suggest, type Clock } from '../../kernel/index.ts';
import type { Store } from '../../store/index.ts';
import { appendAccess, readTokens } from './append.ts';
import { isRole } from './events.ts';
import { ROLES, type Role } from './role.ts';
import { newToken, type StoredToken } from './token.ts';

/** Longer is a password that nobody will remember having given. Milliseconds. */
const LONGEST_MS = 366 * 24 * 3_600_000;
const SCOPE = /^(?:\*|[a-z0-9-]{1,64})\/(?:\*|[a-z0-9-]{1,64})$/;
const NAME = /^[^\p{C}]{1,100}$/u;

export type TokenWish = {
  readonly name: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[] | null;
  readonly approves: readonly string[] | null;
  readonly lifeMs: number;
  readonly actor: string;
  readonly reason: string;
};

/**
 * Makes a token. Its text is in the answer and nowhere else.
 *
 * @throws CutoverError `USAGE`
 */
export async function createToken(
  store: Store,
  clock: Clock,
  wish: TokenWish,
): Promise<{ readonly text: string; readonly token: StoredToken }> {
  const { actor, reason } = wish;
  const { text, id, hash } = newToken();
  const token = { id, hash, ...checked(wish, clock.now()) };
  await appendAccess(store, clock, () => [{ kind: 'token.created', token, actor, reason }]);
  return { text, token: { ...token, createdAt: clock.now(), createdBy: actor, revoked: null } };
}

/** @throws CutoverError `UNKNOWN_TOKEN` */
export async function revokeToken(
  store: Store,
  clock: Clock,
  id: string,
  by: { readonly actor: string; readonly reason: string },
): Promise<StoredToken> {
  await appendAccess(store, clock, (tokens) => {
    const token = tokens.get(id);
    if (token === undefined)
      throw new CutoverError('UNKNOWN_TOKEN', `there is no token ${JSON.stringify(id)}`, {
        hint: 'see them with: cutover token list',
      });
    return token.revoked === null ? [{ kind: 'token.revoked', id, ...by }] : [];
  });
  const token = (await readTokens(store)).tokens.get(id);
  if (token === undefined) throw new CutoverError('UNKNOWN_TOKEN', `there is no token ${JSON.stringify(id)}`);
  return token;
}

/** Every token that was ever made, the newest first. */
export async function listTokens(store: Store): Promise<readonly StoredToken[]> {
  const { tokens } = await readTokens(store);
  return [...tokens.values()].toSorted((a, b) => b.createdAt - a.createdAt);
}

function checked(
  wish: TokenWish,
  now: number,
): Pick<StoredToken, 'name' | 'roles' | 'scopes' | 'approves' | 'expiresAt'> {
  const { name, scopes, approves, lifeMs } = wish;
  if (!NAME.test(name) || name.trim() !== name)
    throw new CutoverError('USAGE', `${JSON.stringify(name)} is not the name of somebody`, {
      hint: 'write a person or a service: it goes to the log as the actor',
    });
  const roles = rolesOf(wish.roles);
  for (const scope of scopes ?? []) if (!SCOPE.test(scope)) throw wrongScope(scope);
  if (roles.includes('instance') && scopes === null)
    throw new CutoverError('USAGE', 'a token of instances needs a scope', {
      hint: 'add --scope <migration>/<environment>: what it reports counts as evidence there',
    });
  if (approves !== null && !roles.some((role) => role === 'approver' || role === 'administrator'))
    throw new CutoverError('USAGE', `${roles.join(', ')} approves nothing`, { hint: 'add --role approver' });
  if (!(lifeMs > 0 && lifeMs <= LONGEST_MS))
    throw new CutoverError('USAGE', `a life of ${lifeMs} ms is outside 0..366d`, { hint: 'write 90d' });
  return { name, roles, scopes, approves, expiresAt: now + lifeMs };
}

function rolesOf(names: readonly string[]): readonly Role[] {
  if (names.length === 0)
    throw new CutoverError('USAGE', 'a token needs a role', { hint: `one of ${ROLES.join(', ')}` });
  return [...new Set(names)].map((name) => {
    if (isRole(name)) return name;
    const near = suggest(name, ROLES);
    throw new CutoverError('USAGE', `there is no role ${JSON.stringify(name)}`, {
      hint: near === undefined ? `one of ${ROLES.join(', ')}` : `did you mean "${near}"?`,
    });
  });
}

function wrongScope(scope: string): CutoverError {
  return new CutoverError('USAGE', `${JSON.stringify(scope)} is not a scope`, {
    hint: 'write <migration>/<environment>, or * for either of them',
  });
}

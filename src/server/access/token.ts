import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Identity, Role } from './role.ts';

/** A token as the store has it: only the hash of its secret, so that who reads the store cannot use it. */
export type StoredToken = {
  readonly id: string;
  /** Who uses it: a person, or what instances are called together. */
  readonly name: string;
  /** SHA-256 of the secret, hexadecimal. The secret has 256 random bits, so nothing slower is needed. */
  readonly hash: string;
  readonly roles: readonly Role[];
  readonly scopes: readonly string[] | null;
  readonly approves: readonly string[] | null;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Wall clock, milliseconds. */
  readonly expiresAt: number;
  readonly revoked: { readonly at: number; readonly actor: string; readonly reason: string } | null;
};

const SHAPE = /^cutover_([0-9a-f]{12})_([\w-]{43})$/;

/** A new token: the text is shown once and kept nowhere. */
export function newToken(): { readonly id: string; readonly text: string; readonly hash: string } {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { id, text: `cutover_${id}_${secret}`, hash: hashOf(secret) };
}

/** Stands in for a token that there is not, so that asking for one takes as long as for one that there is. */
const NOBODY = hashOf('');

/**
 * Who a token is. `undefined` for one that is not known, revoked or expired: the caller learns not which.
 *
 * @param now wall clock, milliseconds
 */
export function identify(
  text: string,
  find: (id: string) => StoredToken | undefined,
  now: number,
): Identity | undefined {
  const [, id = '', secret = ''] = SHAPE.exec(text) ?? [];
  const stored = find(id);
  const isRight = isSame(hashOf(secret), stored?.hash ?? NOBODY);
  if (stored === undefined || !isRight || !isUsable(stored, now)) return undefined;
  const { name, roles, scopes, approves } = stored;
  return { by: 'token', actor: name, roles, scopes, approves, token: id };
}

export function isUsable({ revoked, expiresAt }: StoredToken, now: number): boolean {
  return revoked === null && now < expiresAt;
}

/** Compares two secrets in a time that does not depend on where they differ. */
export function isSameSecret(one: string, other: string): boolean {
  return isSame(hashOf(one), hashOf(other));
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

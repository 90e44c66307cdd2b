import { z } from 'zod';
import { listTokens } from '../access/manage.ts';
import { ACCESS_STREAM, accessEvent } from '../access/events.ts';
import { PERMISSIONS, permissionsOf, ROLES, type Identity } from '../access/role.ts';
import { lastEvents } from '../last-events.ts';
import { general, NO_QUERY, type Route } from '../route.ts';
import type { World } from '../world.ts';

const text = z.string();
const texts = z.array(text).nullable();
const roles = z.array(z.enum(ROLES));

const meDocument = z.object({
  schema: z.literal('cutover.me/1'),
  actor: text,
  by: z.enum(['token', 'session', 'proxy']),
  roles,
  permissions: z.array(z.enum(PERMISSIONS)),
  scopes: texts,
  approves: texts,
  readOnly: z.boolean(),
  version: text,
});

export type MeDocument = z.infer<typeof meDocument>;

const me = general({
  name: 'getMe',
  path: '/me',
  permission: 'read',
  summary: 'Who asks, and what that one may do.',
  query: NO_QUERY,
  answer: meDocument,
  async handle({ who, world }) {
    if (who === null) throw new TypeError('nobody asked who they are');
    return meOf(who, world);
  },
});

/** An identity as it is told to the one that has it. */
export function meOf(who: Identity, { readOnly, version }: Pick<World, 'readOnly' | 'version'>): MeDocument {
  const { actor, by, scopes, approves, roles: has } = who;
  return {
    schema: 'cutover.me/1',
    actor,
    by,
    roles: [...has],
    permissions: [...permissionsOf(who)],
    scopes: scopes === null ? null : [...scopes],
    approves: approves === null ? null : [...approves],
    readOnly,
    version,
  };
}

const token = z.object({
  id: text,
  name: text,
  // A role that a newer version has is kept as it was written.
  roles: z.array(text),
  scopes: texts,
  approves: texts,
  expiresAt: z.number(),
});

const tokensDocument = z.object({
  schema: z.literal('cutover.tokens/1'),
  tokens: z.array(
    token.extend({
      createdAt: z.number(),
      createdBy: text,
      revoked: z.object({ at: z.number(), actor: text, reason: text }).nullable(),
    }),
  ),
});

export type TokensDocument = z.infer<typeof tokensDocument>;

const tokens = general({
  name: 'listTokens',
  path: '/tokens',
  permission: 'administer',
  summary: 'Tokens, the newest first; never their secrets nor the hashes of them.',
  query: NO_QUERY,
  answer: tokensDocument,
  async handle({ world: { store } }) {
    const all = await listTokens(store);
    return { schema: 'cutover.tokens/1', tokens: all.map(({ hash: _, ...shown }) => shown) };
  },
});

const MOST = 200;

const kept = { seq: z.number(), at: z.number(), hash: text };

const auditDocument = z.object({
  schema: z.literal('cutover.audit/1'),
  events: z.array(
    z.discriminatedUnion('kind', [
      z.object({ ...kept, kind: z.literal('token.created'), token, actor: text, reason: text }),
      z.object({ ...kept, kind: z.literal('token.revoked'), id: text, actor: text, reason: text }),
      z.object({
        ...kept,
        kind: z.literal('access.refused'),
        refusals: z.array(
          z.object({
            code: text,
            actor: text.nullable(),
            address: text,
            method: text,
            path: text,
            count: z.number(),
          }),
        ),
        more: z
          .number()
          .meta({ description: 'refusals that are in none of them: there were too many kinds' }),
      }),
    ]),
  ),
  before: z.number().nullable(),
});

export type AuditDocument = z.infer<typeof auditDocument>;

const audit = general({
  name: 'readAudit',
  path: '/audit',
  permission: 'administer',
  summary:
    'Tokens made and revoked, and requests that were refused, oldest first. What people did is in the log of each migration.',
  query: z.strictObject({
    before: z.coerce.number().int().min(0).optional(),
    limit: z.coerce.number().int().min(1).max(MOST).default(100),
  }),
  answer: auditDocument,
  async handle({ world: { store }, query: { before, limit } }) {
    const head = await store.head(ACCESS_STREAM);
    const end = (head?.seq ?? 0) + 1;
    const found = await lastEvents(store, ACCESS_STREAM, {
      before: Math.min(before ?? end, end),
      limit,
      isWanted: () => true,
    });
    const events = found.events.flatMap((stored): readonly object[] => {
      const event = accessEvent(stored);
      const { seq, at, hash } = stored;
      if (event === undefined) return [];
      if (event.kind !== 'token.created') return [{ seq, at, hash, ...event }];
      const { hash: _, ...token } = event.token;
      return [{ seq, at, hash, ...event, token }];
    });
    return { schema: 'cutover.audit/1', events, before: found.before };
  },
});

export const ACCESS: readonly Route[] = [me, tokens, audit];

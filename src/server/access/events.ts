import type { Json } from '../../kernel/index.ts';
import type { EventDraft, StoredEvent } from '../../store/index.ts';
import { ROLES, type Role } from './role.ts';
import type { StoredToken } from './token.ts';

/** The stream in which the store has who may do what. A migration's has a `/`, so no plan can be called this. */
export const ACCESS_STREAM = 'access';

/** Refusals of one kind, counted. */
export type Refusal = {
  readonly code: string;
  /** Who was refused, where that was proven. */
  readonly actor: string | null;
  readonly address: string;
  readonly method: string;
  readonly path: string;
  readonly count: number;
};

/** Everything that can happen to access. As in a run's log, a reader ignores kinds and members that it does not know. */
export type AccessEvent =
  | {
      readonly kind: 'token.created';
      readonly token: Omit<StoredToken, 'createdAt' | 'createdBy' | 'revoked'>;
      readonly actor: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'token.revoked';
      readonly id: string;
      readonly actor: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'access.refused';
      readonly refusals: readonly Refusal[];
      /** Refusals that are in none of them: there were too many kinds. */
      readonly more: number;
    };

const EVENT_VERSION = 1;

export function accessDraft({ kind, ...body }: AccessEvent): EventDraft {
  return { kind, v: EVENT_VERSION, body: JSON.parse(JSON.stringify(body)) as Json };
}

/** By their ids. */
export type Tokens = ReadonlyMap<string, StoredToken>;

/** The tokens behind an event. A role that a newer version has is not one here: it allows nothing. */
export function evolveTokens(tokens: Tokens, stored: StoredEvent): Tokens {
  const event = accessEvent(stored);
  switch (event?.kind) {
    case 'token.created': {
      const { token, actor } = event;
      const roles = token.roles.filter(isRole);
      const created = { ...token, roles, createdAt: stored.at, createdBy: actor, revoked: null };
      return new Map(tokens).set(token.id, created);
    }
    case 'token.revoked': {
      const token = tokens.get(event.id);
      if (token === undefined || token.revoked !== null) return tokens;
      const { actor, reason } = event;
      return new Map(tokens).set(event.id, { ...token, revoked: { at: stored.at, actor, reason } });
    }
    case 'access.refused':
    case undefined:
      return tokens;
  }
}

/** The chain proves that it is what some version of this code wrote. */
export function accessEvent({ kind, body }: StoredEvent): AccessEvent | undefined {
  const known = kind === 'token.created' || kind === 'token.revoked' || kind === 'access.refused';
  return known ? ({ kind, ...(body as object) } as AccessEvent) : undefined;
}

export function isRole(role: string): role is Role {
  return ROLES.some((one) => one === role);
}

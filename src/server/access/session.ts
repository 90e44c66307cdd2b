import { randomBytes } from 'node:crypto';
import type { Clock } from '../../kernel/index.ts';
import type { Identity } from './role.ts';
import { hashOf } from './token.ts';

/** A working day. Milliseconds. */
export const SESSION_MS = 12 * 3_600_000;
/** Not `__Host-`: that needs https, and this one is for loopback. */
const COOKIE = 'cutover_session';
const MOST_SESSIONS = 100;

/**
 * What the cookie is called. A browser keeps one jar for all ports of a host, where two servers would put out each other's.
 *
 * @param host as the browser sent it
 */
export function sessionCookie(host: string): string {
  const [, port] = /:(\d+)$/.exec(host) ?? [];
  return port === undefined ? COOKIE : `${COOKIE}_${port}`;
}

/**
 * Whoever started a server on loopback may use it: by a link that works once and leaves a cookie. Both are known here by
 * their hash alone, so that finding one takes no time that tells anything. They end with the process.
 */
export class Sessions {
  readonly #clock: Clock;
  readonly #actor: string;
  readonly #sessions = new Map<string, number>();
  #link: string | null = null;

  constructor(clock: Clock, actor: string) {
    this.#clock = clock;
    this.#actor = actor;
  }

  /** A new secret for a link; the one before works no more. */
  invite(): string {
    const secret = randomBytes(24).toString('base64url');
    this.#link = hashOf(secret);
    return secret;
  }

  /** The cookie for who has the link, once. */
  enter(secret: string): string | undefined {
    if (this.#link === null || hashOf(secret) !== this.#link) return undefined;
    this.#link = null;
    const cookie = randomBytes(32).toString('base64url');
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= MOST_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(hashOf(cookie), this.#clock.monotonic() + SESSION_MS);
    return cookie;
  }

  /** It works no more, wherever a copy of it is. */
  leave(cookie: string): void {
    this.#sessions.delete(hashOf(cookie));
  }

  identify(cookie: string): Identity | undefined {
    const until = this.#sessions.get(hashOf(cookie));
    if (until === undefined || this.#clock.monotonic() >= until) return undefined;
    return {
      by: 'session',
      actor: this.#actor,
      roles: ['administrator'],
      scopes: null,
      approves: null,
      token: null,
    };
  }
}

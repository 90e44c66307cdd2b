import { CutoverError, type Clock } from '../../kernel/index.ts';
import type { Audit } from './audit.ts';
import { Buckets } from './bucket.ts';
import type { Directory } from './directory.ts';
import type { Proxy } from './proxy.ts';
import { INSTANCE_HEADER } from '../../wire/index.ts';
import { isAllowed, isInScope, type Identity, type Permission } from './role.ts';
import { sessionCookie, type Sessions } from './session.ts';
import { identify } from './token.ts';

/** What is known of a request before anybody is believed. */
export type Visit = {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  /** The other end of the connection. */
  readonly peer: string;
};

export type GatekeeperOptions = {
  readonly clock: Clock;
  readonly directory: Pick<Directory, 'find'>;
  readonly audit: Pick<Audit, 'refused'>;
  readonly proxy: Proxy | null;
  /** `null` where the server can be reached from elsewhere: whoever comes there says who they are. */
  readonly sessions: Sessions | null;
  /** Where pages of this server are loaded from, beside the address that was asked for. */
  readonly origins: readonly string[];
};

/** Wrong tokens an address may try: a mistyped one, not a search. */
const GUESSES = { burst: 10, perSecond: 1 / 6 };
/** Reads: several pages that are open, and programs that poll. */
const READS = { burst: 200, perSecond: 50 };
/** What people change. */
const CHANGES = { burst: 30, perSecond: 1 };
/** Reports by one token, which many instances share. */
const REPORTS = { burst: 4_000, perSecond: 2_000 };
/** Of one instance that says who it is: one that does nothing else must not use up what the others share. */
const INSTANCE = { burst: 100, perSecond: 20 };

/**
 * Decides who a request is from and whether it may do what it asks for. Every refusal is kept.
 *
 * A token is sent on purpose. A session's cookie, or a proxy's, is sent by a browser by itself, also for another page that
 * asks in the person's name: there a change has to come from a page of this server, and to carry a header that no form and
 * no other page can send.
 */
export class Gatekeeper {
  readonly #options: GatekeeperOptions;
  readonly #guesses = new Buckets(GUESSES);
  readonly #reads = new Buckets(READS);
  readonly #changes = new Buckets(CHANGES);
  readonly #reports = new Buckets(REPORTS);
  readonly #instances = new Buckets(INSTANCE);

  constructor(options: GatekeeperOptions) {
    this.#options = options;
  }

  /**
   * @param of the subject that the address names, if any
   * @throws CutoverError `UNAUTHENTICATED`, `FORBIDDEN`, `TOO_MANY_REQUESTS`
   */
  admit(
    visit: Visit,
    permission: Permission,
    of: { readonly migration: string; readonly environment: string } | null,
  ): Identity {
    let who: Identity | undefined;
    try {
      who = this.#identify(visit);
      this.#limit(visit, permission, who);
      this.#guardBrowser(visit, who);
      if (!isAllowed(who, permission)) throw notAllowed(who, permission);
      if (of !== null && !isInScope(who, of.migration, of.environment))
        throw new CutoverError('FORBIDDEN', `${who.actor} has no say in ${of.migration}/${of.environment}`, {
          hint: 'another token, with that scope',
        });
      return who;
    } catch (error) {
      this.refused(visit, error, who?.actor ?? null);
      throw error;
    }
  }

  /** Whether an identity that was admitted would be now. */
  isStill(visit: Visit, permission: Permission): boolean {
    const who = this.#find(visit);
    return who !== undefined && isAllowed(who, permission);
  }

  /** Ends the session that a request is of, if it is of one. Another page may not end it. @throws CutoverError as `admit` */
  leave(visit: Visit): void {
    if (this.admit(visit, 'read', null).by !== 'session') return;
    const cookie = cookieOf(visit.headers, sessionCookie(visit.headers.get('host') ?? ''));
    if (cookie !== undefined) this.#options.sessions?.leave(cookie);
  }

  /** Keeps a refusal, whoever made it. */
  refused({ peer, method, path }: Visit, error: unknown, actor: string | null): void {
    if (!(error instanceof CutoverError) || !KEPT.has(error.code)) return;
    this.#options.audit.refused({ code: error.code, actor, address: peer, method, path });
  }

  /** A good token is never refused for the wrong ones of others: behind a balancer all of them have its address. */
  #identify(visit: Visit): Identity {
    const who = this.#find(visit);
    if (who !== undefined) return who;
    const claims = visit.headers.has('authorization');
    if (claims && !this.#guesses.take(visit.peer, this.#options.clock.monotonic()))
      throw tooMany('tokens that are none came from this address');
    throw new CutoverError(
      'UNAUTHENTICATED',
      claims ? 'this token is unknown, revoked or expired' : 'nobody said who asks',
      { hint: 'send "authorization: Bearer <token>"; make one with: cutover token create' },
    );
  }

  #find({ headers, peer }: Visit): Identity | undefined {
    const { directory, clock, proxy, sessions } = this.#options;
    const [, token] = /^Bearer ([\w-]+)$/i.exec(headers.get('authorization') ?? '') ?? [];
    if (headers.has('authorization'))
      return token === undefined ? undefined : identify(token, (id) => directory.find(id), clock.now());
    if (proxy?.isClaimed(headers) === true)
      return proxy.isTrusted(headers, peer) ? proxy.identify(headers) : undefined;
    const cookie = cookieOf(headers, sessionCookie(headers.get('host') ?? ''));
    return cookie === undefined ? undefined : sessions?.identify(cookie);
  }

  #limit(visit: Visit, permission: Permission, who: Identity): void {
    const now = this.#options.clock.monotonic();
    const key = who.token ?? `${who.by} ${who.actor}`;
    if (permission === 'report') return this.#limitReports(visit, key, now);
    const buckets = visit.method === 'GET' ? this.#reads : this.#changes;
    if (!buckets.take(key, now)) throw tooMany('requests came in this name');
  }

  /** Who does not say which instance it is shares with others of the kind, and takes nothing from those that do. */
  #limitReports({ headers }: Visit, key: string, now: number): void {
    const instance = headers.get(INSTANCE_HEADER);
    if (instance !== null && !this.#instances.take(`${key} ${instance}`, now))
      throw tooMany(`requests came from the instance ${instance}`);
    if (!this.#reports.take(`${key} ${instance === null ? 'nameless' : 'named'}`, now))
      throw tooMany('reports came in this name');
  }

  #guardBrowser({ method, headers }: Visit, { by }: Identity): void {
    if (by === 'token' || method === 'GET') return;
    const origin = headers.get('origin');
    const site = headers.get('sec-fetch-site');
    const isOurs =
      origin === null ? site === 'same-origin' : this.#isOwnOrigin(origin, headers.get('host') ?? '');
    if (!isOurs)
      throw new CutoverError('FORBIDDEN', `a page of ${origin ?? 'nowhere'} asked for a change here`, {
        hint: 'if that is where this server is reached, name it: --origin',
      });
    if (headers.get('x-cutover-request') === null)
      throw new CutoverError('FORBIDDEN', 'a change by a browser needs the header x-cutover-request', {
        hint: 'send "x-cutover-request: 1"; programs use a token instead',
      });
  }

  #isOwnOrigin(origin: string, host: string): boolean {
    if (this.#options.origins.includes(origin)) return true;
    return this.#options.origins.length === 0 && URL.canParse(origin) && new URL(origin).host === host;
  }
}

const KEPT: ReadonlySet<string> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'SAME_HANDS',
  'TOO_MANY_REQUESTS',
  'BODY_TOO_LARGE',
  'READ_ONLY',
  'CONFIRMATION_NEEDED',
]);

function notAllowed({ actor, roles, scopes }: Identity, permission: Permission): CutoverError {
  const where = scopes === null ? '' : ` in ${scopes.join(', ')}`;
  return new CutoverError(
    'FORBIDDEN',
    `${actor} may not ${permission}: ${roles.join(', ') || 'no role'}${where}`,
    {
      hint: 'docs/guide/server.md says which role may do what',
    },
  );
}

function tooMany(what: string): CutoverError {
  return new CutoverError('TOO_MANY_REQUESTS', `too many ${what}`, { hint: 'wait a minute' });
}

function cookieOf(headers: Headers, name: string): string | undefined {
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}

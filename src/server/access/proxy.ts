import { BlockList, isIP } from 'node:net';
import { CutoverError } from '../../kernel/index.ts';
import type { Identity, Role } from './role.ts';
import { isSameSecret } from './token.ts';

/** A proxy that proves who somebody is and says so in a header. */
export type ProxySettings = {
  /** `x-forwarded-email` of oauth2-proxy, `cf-access-authenticated-user-email` of Cloudflare Access. */
  readonly userHeader: string;
  /** Groups, divided by commas. */
  readonly groupsHeader: string | null;
  /** Addresses or networks (`10.1.0.0/16`) that the proxy speaks from. */
  readonly addresses: readonly string[];
  /** A header that only the proxy can send. */
  readonly secret: { readonly header: string; readonly value: string } | null;
  /** Roles of everybody whom the proxy lets through. */
  readonly everybody: readonly Role[];
  readonly groups: ReadonlyMap<string, readonly Role[]>;
};

const LONGEST_NAME = 200;
/** What a header may be called (RFC 9110, token). */
const HEADER = /^[\w!#$%&'*+.^`|~-]+$/;

/** Decides whom a request comes from by what its proxy says, if it is the proxy that says it. */
export class Proxy {
  readonly settings: ProxySettings;
  readonly #addresses = new BlockList();

  /** @throws CutoverError `USAGE` for settings that would let anybody claim to be anybody */
  constructor(settings: ProxySettings) {
    this.settings = settings;
    if (settings.addresses.length === 0 && settings.secret === null)
      throw new CutoverError('USAGE', `anybody could send the header ${settings.userHeader}`, {
        hint: 'say where the proxy speaks from (--proxy-address), or what only it can send (--proxy-secret-header)',
      });
    for (const header of [settings.userHeader, settings.groupsHeader, settings.secret?.header])
      if (header != null && !HEADER.test(header))
        throw new CutoverError('USAGE', `${JSON.stringify(header)} is no name of a header`, {
          hint: 'write x-forwarded-email',
        });
    for (const address of settings.addresses) this.#allow(address);
  }

  /** Whether a request claims to come through the proxy at all. */
  isClaimed(headers: Headers): boolean {
    return headers.has(this.settings.userHeader);
  }

  /** Where several proofs are configured, each has to hold. */
  isTrusted(headers: Headers, address: string): boolean {
    const { addresses, secret } = this.settings;
    if (addresses.length > 0 && !this.#isFrom(address)) return false;
    return secret === null || isSameSecret(headers.get(secret.header) ?? '', secret.value);
  }

  /**
   * `undefined` for a header without a usable name. The request has to be trusted. A header that came twice is divided by
   * comma and space here: where a proxy appends to what a client sent, that one would choose a name to go by.
   */
  identify(headers: Headers): Identity | undefined {
    const { userHeader, groupsHeader, everybody, groups } = this.settings;
    const actor = headers.get(userHeader)?.trim() ?? '';
    if (actor === '' || actor.length > LONGEST_NAME || /\p{C}|, /u.test(actor)) return undefined;
    const named = groupsHeader === null ? '' : (headers.get(groupsHeader) ?? '');
    const roles = named.split(',').flatMap((group) => groups.get(group.trim()) ?? []);
    return {
      by: 'proxy',
      actor,
      roles: [...new Set([...everybody, ...roles])],
      scopes: null,
      approves: null,
      token: null,
    };
  }

  #allow(address: string): void {
    const [, ip = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(address) ?? [];
    const family = familyOf(ip);
    if (family === undefined || Number(bits ?? 0) > (family === 'ipv4' ? 32 : 128))
      throw new CutoverError('USAGE', `${JSON.stringify(address)} is neither an address nor a network`, {
        hint: 'write 10.1.2.3 or 10.1.0.0/16',
      });
    if (bits === undefined) this.#addresses.addAddress(ip, family);
    else this.#addresses.addSubnet(ip, Number(bits), family);
  }

  #isFrom(address: string): boolean {
    const family = familyOf(address);
    return family !== undefined && this.#addresses.check(address, family);
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined;
}

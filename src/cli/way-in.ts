import { isUsable, type StoredToken } from '../server/index.ts';

/**
 * How the first person comes in to a server that was just started; `null` where somebody can already, by a token or
 * through the proxy.
 *
 * @param link works once, and is there on loopback alone
 * @param now wall clock, milliseconds
 */
export function wayIn(
  link: string | null,
  hasProxy: boolean,
  tokens: readonly StoredToken[],
  now: number,
): string | null {
  if (link !== null) return `open ${link} (it works once)`;
  const isKnown = tokens.some(
    (token) => isUsable(token, now) && token.roles.some((role) => role !== 'instance'),
  );
  return isKnown || hasProxy ? null : 'nobody can come in yet: cutover token create <name> --role viewer';
}

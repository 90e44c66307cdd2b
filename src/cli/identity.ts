import { hostname, userInfo } from 'node:os';
import type { Context } from './command.ts';
import { textOption } from './given.ts';

/** Who acts: as claimed, since a command line cannot prove it. It is written to the log as it is. */
export function actorOf({ given, env }: Pick<Context, 'given' | 'env'>): string {
  return textOption(given, 'actor') ?? nonEmpty(env['CUTOVER_ACTOR']) ?? osUser();
}

/** Names this process where a controller's lease is shown. */
export function holderName(): string {
  return `${hostname()}:${process.pid}`;
}

function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run a user id that has no name.
    return 'unknown';
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}

import { hostname, userInfo } from 'node:os';
import { inOneLine } from '../kernel/index.ts';
import type { Context } from './command.ts';
import { lineOf, lineOption } from './given.ts';

/**
 * Who acts: as claimed, since a command line cannot prove it. It is written to the log as it is.
 *
 * @throws CutoverError `USAGE` for what is not a line of plain text
 */
export function actorOf({ given, env }: Pick<Context, 'given' | 'env'>): string {
  const option = lineOption(given, 'actor');
  if (option !== undefined) return option;
  const variable = nonEmpty(env['CUTOVER_ACTOR']);
  return variable === undefined ? inOneLine(osUser()) : lineOf(variable, 'CUTOVER_ACTOR');
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

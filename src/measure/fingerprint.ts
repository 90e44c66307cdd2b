import { hexHash, thrownClass, thrownMember as get, thrownMessage, unwrapResult } from '../kernel/index.ts';
import type { ErrorFingerprint } from './batch.ts';

/** Characters of a message that are looked at, and that are kept. */
const MOST_READ = 2_000;
const MOST_MESSAGE = 160;
/** Drivers' errors are wrapped by the layer above (Drizzle, Prisma); deeper than this nobody wraps. */
const MOST_CAUSES = 5;

/**
 * What kind of error this is, without what differs from call to call. Takes anything that can be thrown, rejected
 * or returned, and throws nothing whatever that is.
 *
 * @example
 * fingerprint(new Error('no user 42')).message; // 'no user ?'
 */
export function fingerprint(error: unknown): ErrorFingerprint {
  const subject = unwrapResult(error);
  const name = thrownClass(subject);
  const code = driverCode(subject);
  const message = normalise(thrownMessage(subject).slice(0, MOST_READ));
  const id = hexHash(`${name}\n${code ?? ''}\n${message}`);
  return code === undefined ? { id, class: name, message } : { id, class: name, code, message };
}

/** `code` of the error or of the nearest cause that has one: SQLSTATE, `ER_DUP_ENTRY`, `SQLITE_BUSY`, `P2002`. */
function driverCode(error: unknown): string | undefined {
  let at = error;
  for (let depth = 0; depth <= MOST_CAUSES; depth += 1) {
    for (const key of ['code', 'errcode', 'errno'] as const) {
      const code = get(at, key);
      if (typeof code === 'string' && code !== '') return code.slice(0, 40);
      if (typeof code === 'number') return String(code);
    }
    at = get(at, 'cause');
    if (at === undefined || at === null) return undefined;
  }
  return undefined;
}

/** Quoted text, ids and numbers become `?`. Order matters: what holds digits is replaced as a whole first. */
function normalise(message: string): string {
  return message
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '?')
    .replace(/'[^']*'|"[^"]*"|`[^`]*`/g, '?')
    .replace(/\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)[0-9a-f]{12,}\b/gi, '?')
    .replace(/\d+(?:\.\d+)*/g, '?')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MOST_MESSAGE);
}

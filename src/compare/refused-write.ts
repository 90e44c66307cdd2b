import { thrownMember as get, thrownMessage } from '../kernel/index.ts';

/** A routed write; PostgreSQL's SQLSTATE for a write in a read-only transaction, and SQLite's name for it. */
const WRITES: readonly unknown[] = ['SHADOW_WRITE', '25006', 'SQLITE_READONLY'];
/** The low byte of SQLite's result code says the same. */
const SQLITE_READONLY = 8;
const MOST_DEPTH = 5;
const MOST_MESSAGE = 120;

/**
 * What a read tried to write, in the words of who refused it: `cannot execute nextval() in a read-only transaction`.
 * These name the command and no data. `undefined` for an error that is none of it.
 */
export function refusedWrite(error: unknown): string | undefined {
  let at = error;
  for (let depth = 0; at && depth < MOST_DEPTH; depth += 1) {
    const [code, result] = [get(at, 'code'), get(at, 'errcode')];
    if (WRITES.includes(code) || (Number(result) & 0xff) === SQLITE_READONLY)
      return thrownMessage(at).slice(0, MOST_MESSAGE);
    // Prisma has what its driver threw elsewhere.
    at = get(at, 'cause') ?? get(get(at, 'meta'), 'driverAdapterError');
  }
  return undefined;
}

/** A routed write; PostgreSQL's SQLSTATE for a write in a read-only transaction, and SQLite's name for it. */
const WRITES = ['SHADOW_WRITE', '25006', 'SQLITE_READONLY'];
/** The low byte of SQLite's result code says the same. */
const SQLITE_READONLY = 8;
const MOST_DEPTH = 5;

/**
 * What a read tried to write, in the words of who refused it: `cannot execute nextval() in a read-only transaction`.
 * These name the command and no data. `undefined` for an error that is none of it.
 */
export function refusedWrite(error: unknown): string | undefined {
  try {
    let at = error;
    for (let depth = 0; typeof at === 'object' && at !== null && depth < MOST_DEPTH; depth += 1) {
      const code: unknown = Reflect.get(at, 'code');
      const number: unknown = Reflect.get(at, 'errcode');
      if (WRITES.includes(String(code)) || (Number(number) & 0xff) === SQLITE_READONLY)
        return String(Reflect.get(at, 'message')).slice(0, 120);
      // Prisma has what its driver threw elsewhere.
      const meta: unknown = Reflect.get(at, 'meta') ?? {};
      at = Reflect.get(at, 'cause') ?? Reflect.get(Object(meta), 'driverAdapterError');
    }
  } catch {
    // A getter of the application's own error.
  }
  return undefined;
}

/** SQLSTATE classes 08 (connection) and 57P (the server ends it), 53300 (too many connections); Prisma's and Node's own. */
const CODES =
  /^(?:08\w{3}|57P0\d|53300|P10(?:01|02|08|17)|P2024|ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_CLOSED)$/;
/** Drivers that give no code. */
const MESSAGES =
  /connection terminated|terminating connection|timeout exceeded when trying to connect|cannot use a pool after calling end|client was closed|client has encountered a connection error|database is not open|database connection is not open|closed the connection|too many clients|can't reach database server/i;

/** What of a thrown value says why. */
type Cause = { readonly code: unknown; readonly message: unknown };

/** How deep an ORM wraps what its driver threw. */
const MOST_CAUSES = 6;

/**
 * Whether a call failed because the database could not be asked: then it says nothing about the side, and two sides that
 * fail so do not agree on anything.
 */
export function isConnectionLost(error: unknown): boolean {
  return causesOf(error).some(
    ({ code, message }) =>
      (typeof code === 'string' && CODES.test(code)) ||
      (typeof message === 'string' && MESSAGES.test(message)),
  );
}

/** A thrown value and what caused it, outermost first. Throws nothing, whatever was thrown. */
function causesOf(error: unknown): readonly Cause[] {
  const found: Cause[] = [];
  let at = error;
  try {
    while (typeof at === 'object' && at !== null && found.length < MOST_CAUSES) {
      const read = (name: string): unknown => Reflect.get(at as object, name);
      found.push({ code: read('code'), message: read('message') });
      const errors = read('errors');
      // Prisma has what its driver threw elsewhere.
      const adapter: unknown = Reflect.get(Object(read('meta') ?? {}) as object, 'driverAdapterError');
      at =
        read('cause') ?? adapter ?? (Array.isArray(errors) ? (errors as readonly unknown[])[0] : undefined);
    }
  } catch {
    // A getter of the application's own error.
  }
  return found;
}

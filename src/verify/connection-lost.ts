/** SQLSTATE classes 08 (connection) and 57P (the server ends it), 53300 (too many connections); Prisma's and Node's own. */
const CODES =
  /^(?:08\w{3}|57P0\d|53300|P10(?:01|02|08|17)|P2024|ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_CLOSED)$/;
/** Drivers that give no code. */
const MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|cannot use a pool after calling end|client was closed|client has encountered a connection error|database is not open|database connection is not open|server closed the connection|too many clients/i;

/** How deep an ORM wraps what its driver threw. */
const MOST_CAUSES = 6;

/**
 * Whether a call failed because the database could not be asked: then it says nothing about the side, and two sides that
 * fail so do not agree on anything.
 */
export function isConnectionLost(error: unknown): boolean {
  let at = error;
  try {
    for (let depth = 0; typeof at === 'object' && at !== null && depth < MOST_CAUSES; depth += 1) {
      const code: unknown = Reflect.get(at, 'code');
      const message: unknown = Reflect.get(at, 'message');
      if (typeof code === 'string' && CODES.test(code)) return true;
      if (typeof message === 'string' && MESSAGES.test(message)) return true;
      const errors: unknown = Reflect.get(at, 'errors');
      at = Reflect.get(at, 'cause') ?? (Array.isArray(errors) ? errors[0] : undefined);
    }
  } catch {
    // A getter of the application's own error.
  }
  return false;
}

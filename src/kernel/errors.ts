/**
 * Every way this software refuses or fails, by a code that never changes its meaning.
 * `docs/reference/errors.md` has an entry for each; a test compares the two lists.
 */
export const ERROR_CODES = [
  'CONFIG_NOT_FOUND',
  'CONFIG_THREW',
  'CONFIG_INVALID',
  'PLAN_UNSOUND',
  'PLAN_CHANGED',
  'PLAN_INCOMPATIBLE',
  'REPOSITORY_TAKEN',
  'USAGE',
  'UNKNOWN_ENVIRONMENT',
  'UNKNOWN_REPOSITORY',
  'UNKNOWN_FLAG',
  'UNKNOWN_METHOD',
  'FLAG_VALUE_INVALID',
  'FLAG_KILLED',
  'FLAG_OWNED_BY_RUN',
  'FLAG_FROZEN',
  'NOT_REGISTERED',
  'ENVIRONMENT_VARIABLE_INVALID',
  'COMPARE_INVALID',
  'RECORDING_INVALID',
  'CHECKPOINT_INVALID',
  'ARGUMENTS_REDACTED',
  'GUARD_INVALID',
  'SHADOW_UNAVAILABLE',
  'SHADOW_WRITE',
  'SCOPE_UNAVAILABLE',
  'DRIVER_MISSING',
  'DATABASE_UNREACHABLE',
  'DATABASE_DENIED',
  'DATABASE_QUERY',
  'STORE_LOCKED',
  'STORE_CORRUPT',
  'STORE_READ_ONLY',
  'STORE_UNAVAILABLE',
  'STORE_VERSION',
  'SEQUENCE_CONFLICT',
  'LOG_BROKEN',
  'LEASE_LOST',
  'RUN_ACTIVE',
  'RUN_NOT_ACTIVE',
  'RUN_STATE',
  'EVIDENCE_MISSING',
  'BASELINE_MISSING',
  'GATE_SILENT',
  'RED_NOT_ACKNOWLEDGED',
  'NOT_RESOLVED',
  'CHECKLIST_OPEN',
  'POINT_OF_NO_RETURN',
  'CONFIRMATION_NEEDED',
  'READ_ONLY',
  'REASON_MISSING',
  'BENCHMARK_FAILED',
  'COMPARISON_FAILED',
  'CONNECTION_LOST',
  'TIMEOUT',
  'REQUEST_INVALID',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'UNKNOWN_MIGRATION',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'SAME_HANDS',
  'TOO_MANY_REQUESTS',
  'BODY_TOO_LARGE',
  'UNKNOWN_TOKEN',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * The only error class that this package throws on purpose.
 *
 * `message` gives the value and the limit, `hint` says what to do next, `details` is JSON for programs.
 *
 * @example
 * try { await flags.set('drizzle_user_repo', 'maybe', 'ana', 'try it'); }
 * catch (error) { if (error instanceof CutoverError && error.code === 'FLAG_VALUE_INVALID') console.error(error.hint); }
 */
export class CutoverError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CutoverError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** What was thrown, as one line; a value that is not an error is shown as JSON. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  if (typeof error === 'string') return error;
  try {
    return JSON.stringify(error) ?? String(error);
  } catch {
    return String(error);
  }
}

/** For the `default` of a `switch` over a union: a compile error when a case is missing. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value ${JSON.stringify(value)}`);
}

import { CutoverError, type ErrorCode } from '../kernel/index.ts';

const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  USAGE: 400,
  REQUEST_INVALID: 400,
  REASON_MISSING: 400,
  FLAG_VALUE_INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  SAME_HANDS: 403,
  READ_ONLY: 403,
  NOT_FOUND: 404,
  UNKNOWN_MIGRATION: 404,
  UNKNOWN_ENVIRONMENT: 404,
  UNKNOWN_REPOSITORY: 404,
  UNKNOWN_FLAG: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_LARGE: 413,
  CONFIRMATION_NEEDED: 428,
  TOO_MANY_REQUESTS: 429,
  STORE_LOCKED: 503,
  STORE_UNAVAILABLE: 503,
  STORE_READ_ONLY: 503,
  STORE_CORRUPT: 503,
  STORE_VERSION: 503,
};

export type FailureDocument = {
  readonly schema: 'cutover.error/1';
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details: Readonly<Record<string, unknown>> | null;
};

/** What a request that failed is answered with. A fault of this program tells a stranger nothing about it. */
export function failureDocument(error: unknown): FailureDocument {
  const schema = 'cutover.error/1';
  if (error instanceof CutoverError) {
    const { code, message, hint = null, details = null } = error;
    return { schema, code, message, hint, details };
  }
  const hint = 'see what the server printed';
  return { schema, code: 'UNEXPECTED', message: 'the server failed', hint, details: null };
}

/** A refusal that is none of these is about the state that the migration is in: 409. */
export function statusOfFailure(error: unknown): number {
  return error instanceof CutoverError ? (STATUS[error.code] ?? 409) : 500;
}

import type { FailureDocument } from '../../src/server/failure.ts';
import { API } from '../../src/wire/index.ts';
import type { Place } from './router.ts';
import { forget, token } from './session.ts';
import { canShare } from './tabs.ts';

/** What the server refused, or that it was not reached (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;

  constructor(status: number, { code, message, hint }: Pick<FailureDocument, 'code' | 'message' | 'hint'>) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export function headers(): Record<string, string> {
  const bearer = token.value;
  // A change by cookie has to say that it comes from these pages; a page elsewhere cannot send this.
  return {
    'x-cutover-request': 'dashboard',
    ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
  };
}

/** @param path below `/api/v1` @throws ApiError */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return answer<T>(path, { headers: headers() }, signal);
}

/** @param path below `/api/v1` @throws ApiError */
export async function post<T>(path: string, body: object): Promise<T> {
  return answer<T>(path, {
    method: 'POST',
    headers: { ...headers(), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Where something about a place is asked for. @param path `status`, `log?limit=50` */
export function about({ migration, environment }: Place, path: string): string {
  return `/migrations/${encodeURIComponent(migration)}/${encodeURIComponent(environment)}/${path}`;
}

/** A way that is dead says nothing. The slowest change waits five seconds for instances. Milliseconds. */
export const MOST_WAIT_MS = 15_000;

async function answer<T>(path: string, init: RequestInit, left?: AbortSignal): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), MOST_WAIT_MS);
  try {
    const response = await fetch(API + path, {
      ...init,
      signal: left ? AbortSignal.any([left, late.signal]) : late.signal,
    });
    if (response.ok) return (await response.json()) as T;
    throw await failureOf(response);
  } catch (cause) {
    if (cause instanceof ApiError || left?.aborted === true) throw cause;
    throw unreached(late.signal.aborted ? MOST_WAIT_MS : null);
  } finally {
    clearTimeout(timer);
  }
}

/** What asking again later may change: nobody was reached, or had the time. */
export function isPassing({ status }: Pick<ApiError, 'status'>): boolean {
  return status === 0 || status >= 429;
}

/** @param waitedMs for how long it was silent; `null` where there was no way to it */
export function unreached(waitedMs: number | null): ApiError {
  const code = 'UNREACHED';
  if (waitedMs === null)
    return new ApiError(0, {
      code,
      message: 'the server was not reached',
      hint: 'is it running, and is the network there?',
    });
  return new ApiError(0, {
    code,
    message: `the server did not answer within ${waitedMs / 1_000} s`,
    hint: canShare
      ? 'it hangs, or the way to it does'
      : 'it hangs, or this browser has no connection left: without https each tab of these pages takes one of six; close some',
  });
}

/** @returns what a response that is no success says */
export async function failureOf(response: Response): Promise<ApiError> {
  if (response.status === 401) forget();
  const failure = await response.json().catch(() => null);
  const { code, message, hint } = (failure as FailureDocument | null) ?? {
    code: 'UNEXPECTED',
    message: `the server answered ${response.status}`,
    hint: null,
  };
  return new ApiError(response.status, { code, message, hint });
}

import { capture, type Captured } from '../compare/index.ts';
import type { Recorded } from './recording.ts';

/** What one side gave to a request. */
export type HttpAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | null>>;
      readonly body: Captured;
      /** Until the last byte of the body, milliseconds. */
      readonly ms: number;
    }
  | { readonly kind: 'failed'; readonly why: string };

/** Headers that callers depend on. Dates, sizes and tags of bytes may differ between answers that mean the same. */
const COMPARED_HEADERS = ['content-type', 'location', 'cache-control'] as const;

export type AskOptions = {
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

/** Sends a recorded request to one side. Throws nothing. */
export async function ask(
  base: URL,
  { path, headers }: Recorded,
  { headers: more, timeoutMs, signal, now }: AskOptions,
): Promise<HttpAnswer> {
  const began = now();
  try {
    const response = await fetch(addressOf(base, path), {
      headers: { ...headers, ...more },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return {
      kind: 'answered',
      status: response.status,
      headers: Object.fromEntries(COMPARED_HEADERS.map((name) => [name, headerOf(response, name, base)])),
      body: bodyOf(response.headers.get('content-type'), bytes),
      ms: now() - began,
    };
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return { kind: 'failed', why: isTimeout ? `no answer within ${timeoutMs} ms` : rootOf(error) };
  }
}

/** The path below whatever the base has: `https://host/v2` and `/bikes` are `https://host/v2/bikes`. */
function addressOf(base: URL, path: string): URL {
  return new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base);
}

function headerOf(response: Response, name: string, base: URL): string | null {
  const value = response.headers.get(name);
  if (value === null) return null;
  if (name === 'content-type') return value.toLowerCase().replaceAll(/\s/g, '');
  // Each side names itself.
  return name === 'location' ? value.replace(base.origin, '') : value;
}

function bodyOf(type: string | null, bytes: Uint8Array): Captured {
  if (type !== null && /\bjson\b/i.test(type)) {
    try {
      return capture(JSON.parse(new TextDecoder().decode(bytes)));
    } catch {
      // Says that it is JSON and is none: then its text is what a caller gets.
    }
  }
  const isText = type === null || /^text\/|\b(?:json|xml|javascript|x-www-form-urlencoded)\b/i.test(type);
  return capture(isText ? new TextDecoder().decode(bytes) : bytes);
}

function rootOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error && error.cause.message !== '') return error.cause.message;
  return error.message;
}

/** What a page says of itself. */
export type PageReport =
  /** It has settled. `loadMs` is `null` where it was left before it was loaded. */
  | {
      readonly kind: 'view';
      readonly token: string;
      readonly loadMs: number | null;
      readonly failed: boolean;
    }
  /** An error happened in it after it had settled. */
  | { readonly kind: 'late error'; readonly token: string };

/** A report is a hundred bytes and a token of fewer. */
export const MOST_REPORT_BYTES = 512;
const MOST_TOKEN = 200;
/** Ten minutes: what takes longer was a laptop that slept. */
const MOST_LOAD_MS = 600_000;

/** Exactly what the script sends; anything else is `undefined`, since whoever sends it is not the script. */
export function parsePageReport(body: string): PageReport | undefined {
  if (body.length > MOST_REPORT_BYTES) return undefined;
  const from = parsed(body);
  if (from === undefined) return undefined;
  const { t: token, l, e, late } = from;
  if (typeof token !== 'string' || token.length > MOST_TOKEN) return undefined;
  const names = Object.keys(from).toSorted().join();
  if (names === 'late,t') return late === 1 ? { kind: 'late error', token } : undefined;
  if (names !== 'e,l,t' || (e !== 0 && e !== 1)) return undefined;
  if (l !== null && !(typeof l === 'number' && l >= 0 && l <= MOST_LOAD_MS)) return undefined;
  return { kind: 'view', token, loadMs: l, failed: e === 1 };
}

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What of a request says where it comes from. */
export type Origin = {
  /** `Sec-Fetch-Site`, which a page cannot set. */
  readonly site: string | undefined;
  readonly origin: string | undefined;
  readonly host: string | undefined;
};

/** Whether a page of this very origin sends it. Browsers say so; what says nothing is no browser. */
export function isSameOrigin({ site, origin, host }: Origin): boolean {
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && host !== undefined && URL.parse(origin)?.host === host.toLowerCase();
}

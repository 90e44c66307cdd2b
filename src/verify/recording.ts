import { CutoverError } from '../kernel/index.ts';

/** A request as it was recorded. @property path with its query */
export type Recorded = { readonly path: string; readonly headers: Readonly<Record<string, string>> };

export type Recording = {
  readonly requests: readonly Recorded[];
  /** Lines that are no GET, by their method. They are not replayed: a write runs once. */
  readonly skipped: Readonly<Record<string, number>>;
};

/** Headers of a recorded request that say what is asked for. Others are the browser's, the network's or secret. */
const KEPT_HEADERS = ['accept', 'accept-language'];

/**
 * The GET requests of a recording: a HAR file, an access log (common or combined format), or a path or URL a line, with or
 * without a method before it. Each once, in the order in which they came.
 *
 * @throws CutoverError `RECORDING_INVALID` with the line that is none of these
 */
export function parseRecording(text: string): Recording {
  const entries = text.trimStart().startsWith('{') ? harEntries(text) : lineEntries(text);
  const requests = new Map<string, Recorded>();
  const skipped: Record<string, number> = {};
  for (const { method, path, headers } of entries) {
    if (method === 'GET') requests.set(JSON.stringify([path, headers]), { path, headers });
    else skipped[method] = (skipped[method] ?? 0) + 1;
  }
  return { requests: [...requests.values()], skipped };
}

type Entry = Recorded & { readonly method: string };

/** `GET /bikes?page=2 HTTP/1.1` in quotes, as servers log it. */
const LOGGED = /"([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?"/;
const TYPED = /^(?:([A-Z]+)\s+)?(\/\S*|https?:\/\/\S+)$/;

function lineEntries(text: string): readonly Entry[] {
  return text.split('\n').flatMap((raw, index): readonly Entry[] => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const [, method = 'GET', target = ''] = TYPED.exec(line) ?? LOGGED.exec(line) ?? [];
    const path = target === '' ? undefined : pathOf(target);
    if (path === undefined)
      throw invalid(`line ${index + 1} is no request: ${JSON.stringify(line.slice(0, 80))}`);
    return [{ method, path, headers: {} }];
  });
}

type HarHeaders = readonly { readonly name?: unknown; readonly value?: unknown }[];

type Har = {
  readonly log?: {
    readonly entries?: readonly {
      readonly request?: {
        readonly method?: unknown;
        readonly url?: unknown;
        readonly headers?: HarHeaders;
      };
    }[];
  };
};

function harEntries(text: string): readonly Entry[] {
  let har: Har;
  try {
    har = JSON.parse(text) as Har;
  } catch {
    throw invalid('it begins as JSON and is none');
  }
  const entries = har.log?.entries;
  if (!Array.isArray(entries)) throw invalid('it is JSON without log.entries, so no HAR file');
  return entries.map(({ request }, index) => {
    const path = typeof request?.url === 'string' ? pathOf(request.url) : undefined;
    if (path === undefined || typeof request?.method !== 'string')
      throw invalid(`entry ${index + 1} has no request with method and url`);
    const sent: HarHeaders = request.headers ?? [];
    const headers = sent.flatMap(({ name, value }): [string, string][] => {
      const lower = typeof name === 'string' ? name.toLowerCase() : '';
      return KEPT_HEADERS.includes(lower) && typeof value === 'string' ? [[lower, value]] : [];
    });
    return { method: request.method, path, headers: Object.fromEntries(headers) };
  });
}

function pathOf(target: string): string | undefined {
  const url = URL.parse(target, 'http://recorded');
  return url === null ? undefined : `${url.pathname}${url.search}`;
}

function invalid(message: string): CutoverError {
  return new CutoverError('RECORDING_INVALID', `the recording cannot be read: ${message}`, {
    hint: 'give a HAR file, an access log, or a path such as /bikes?page=2 a line',
  });
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Context } from 'hono';

/** Where the build puts them, for this file as it is written and as it is built. */
const FOLDER = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/dashboard/' : '../dashboard/',
  import.meta.url,
);

const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

type Name = keyof typeof TYPES;
type File = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly zipped: Uint8Array<ArrayBuffer>;
  readonly tag: string;
};

const isName = (name: string): name is Name => Object.hasOwn(TYPES, name);

/** The files of the dashboard, each read and compressed once. A browser keeps them, and asks whether they are still the same. */
export class Pages {
  readonly #files = new Map<Name, File>();

  /** @returns `null` for a file that is none of them */
  answer(context: Context, name: string): Response | null {
    if (!isName(name)) return null;
    const { bytes, zipped, tag } = this.#read(name);
    const headers = {
      'cache-control': 'no-cache',
      'content-type': TYPES[name],
      etag: tag,
      vary: 'accept-encoding',
    };
    if (context.req.header('if-none-match')?.includes(tag) === true)
      return new Response(null, { status: 304, headers });
    if (/\bgzip\b/.test(context.req.header('accept-encoding') ?? ''))
      return new Response(zipped, { headers: { ...headers, 'content-encoding': 'gzip' } });
    return new Response(bytes, { headers });
  }

  #read(name: Name): File {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(readFileSync(new URL(name, FOLDER)));
    const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    const file = { bytes, zipped: new Uint8Array(gzipSync(bytes, { level: 9 })), tag };
    this.#files.set(name, file);
    return file;
  }
}

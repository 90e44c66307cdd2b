import type { Side } from '../route/index.ts';

/** How long a page's sides are believed: from one to two of these. After that it is about another exposure. Milliseconds. */
const HOUR_MS = 3_600_000;
/** Sides that pages were given in an hour, and tokens that came back; more are computed again. */
const MOST_KEPT = 256;
const CODES = { control: '0', candidate: '1' } as const;

/**
 * Says which sides a page was given, so that nobody can say it for himself: `<hour>.<a digit for each repository>.<MAC>`. All
 * pages with the same sides have the same one in an hour; it says nothing about a person.
 */
export class PageTokens {
  readonly #repositories: readonly string[];
  readonly #subject: string;
  readonly #key: ReturnType<typeof crypto.subtle.importKey>;
  readonly #made = new Map<string, string>();
  readonly #known = new Map<string, Readonly<Record<string, Side>>>();

  /** @param secret the same in all instances: a page may come from one and report to another */
  constructor(migration: string, repositories: readonly string[], secret: string) {
    this.#repositories = repositories;
    this.#subject = [migration, ...repositories].join('\n');
    this.#key = crypto.subtle.importKey(
      'raw',
      new TextEncoder().encode(secret),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign', 'verify'],
    );
  }

  /** The token of these sides, if it is known already; else it will be for the next page. @param now wall clock */
  at(now: number, sideOf: (repository: string) => Side): string | undefined {
    const text = this.#text(now, sideOf);
    const known = this.#made.get(text);
    if (known === undefined) void this.#make(text).catch(() => {});
    return known;
  }

  make(now: number, sideOf: (repository: string) => Side): Promise<string> {
    const text = this.#text(now, sideOf);
    const known = this.#made.get(text);
    return known === undefined ? this.#make(text) : Promise.resolve(known);
  }

  /** The sides that a token says, if it is one of ours and not too old. @param now wall clock */
  async sides(token: string, now: number): Promise<Readonly<Record<string, Side>> | undefined> {
    const [, hour, codes, mac] = /^(\d{1,9})\.([01]+)\.([\w-]{43})$/.exec(token) ?? [];
    if (hour === undefined || codes?.length !== this.#repositories.length || mac === undefined)
      return undefined;
    const age = Math.floor(now / HOUR_MS) - Number(hour);
    // An instance's clock may be a little behind another's.
    if (age < -1 || age > 1) return undefined;
    const known = this.#known.get(token);
    if (known !== undefined) return known;
    const text = `${hour}.${codes}`;
    const isOurs = await crypto.subtle.verify('HMAC', await this.#key, fromBase64Url(mac), this.#bytes(text));
    if (!isOurs) return undefined;
    const sides = Object.fromEntries(
      this.#repositories.map(
        (name, index) => [name, codes[index] === '1' ? 'candidate' : 'control'] as const,
      ),
    );
    remember(this.#known, token, sides);
    return sides;
  }

  #text(now: number, sideOf: (repository: string) => Side): string {
    const codes = this.#repositories.map((name) => CODES[sideOf(name)]).join('');
    return `${Math.floor(now / HOUR_MS)}.${codes}`;
  }

  async #make(text: string): Promise<string> {
    const mac = await crypto.subtle.sign('HMAC', await this.#key, this.#bytes(text));
    const token = `${text}.${toBase64Url(new Uint8Array(mac))}`;
    remember(this.#made, text, token);
    return token;
  }

  #bytes(text: string): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(`${this.#subject}\n${text}`);
  }
}

function remember<T>(kept: Map<string, T>, name: string, value: T): void {
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(name, value);
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.codePointAt(0) ?? 0);
}

/** Told apart from a value that is `undefined`. */
export type Read = { readonly value: unknown };

/**
 * A value as a sample shows it, read back: `12`, `12n`, `"a text"`, `Date 2026-11-21T10:00:00.000Z`, `[1, 2]`,
 * `{ from: 1, to: 2 }`. `undefined` for whatever is not shown whole: what was described (`‹text of 12›`), cut (`…`), or is
 * of a class. Nothing is guessed: a call with another argument would show nothing.
 */
export function readShown(text: string): Read | undefined {
  if (text.length >= CUT_AT) return undefined;
  const at = new Shown(text);
  const found = at.value();
  return found !== undefined && at.isEnd ? found : undefined;
}

/** What is shown is cut to so many characters: a number that was cut is another number. */
const CUT_AT = 120;

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);

/** Reads from the left; every part says `undefined` for what it does not know. */
class Shown {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isEnd(): boolean {
    return this.#at === this.#text.length;
  }

  value(): Read | undefined {
    if (this.#skip('[')) return this.#list();
    if (this.#skip('{ ')) return this.#record();
    return this.#text[this.#at] === '"' ? this.#string() : this.#word();
  }

  #list(): Read | undefined {
    const items: unknown[] = [];
    if (this.#skip(']')) return { value: items };
    for (;;) {
      const item = this.value();
      if (item === undefined) return undefined;
      items.push(item.value);
      if (this.#skip(']')) return { value: items };
      if (!this.#skip(', ')) return undefined;
    }
  }

  #record(): Read | undefined {
    const fields: Record<string, unknown> = {};
    if (this.#skip(' }')) return { value: fields };
    for (;;) {
      const [, key = ''] = this.#match(/([A-Za-z_$][\w$]*): /y) ?? [];
      const field = key === '' ? undefined : this.value();
      if (field === undefined || key === '__proto__') return undefined;
      fields[key] = field.value;
      if (this.#skip(' }')) return { value: fields };
      if (!this.#skip(', ')) return undefined;
    }
  }

  #string(): Read | undefined {
    const [text] = this.#match(/"(?:[^"\\]|\\.)*"/y) ?? [];
    if (text === undefined) return undefined;
    try {
      return { value: JSON.parse(text) as unknown };
    } catch {
      return undefined;
    }
  }

  #word(): Read | undefined {
    const [, date = ''] = this.#match(/Date ([\d+TZ:.-]+)/y) ?? [];
    if (date !== '') {
      const time = new Date(date);
      return Number.isNaN(time.getTime()) ? undefined : { value: time };
    }
    const [word = ''] = this.#match(/-?[\w.+-]+/y) ?? [];
    if (WORDS.has(word)) return { value: WORDS.get(word) };
    if (/^-?\d+n$/.test(word)) return { value: BigInt(word.slice(0, -1)) };
    return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(word) ? { value: Number(word) } : undefined;
  }

  #skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text);
    if (found !== null) this.#at = sticky.lastIndex;
    return found ?? undefined;
  }
}

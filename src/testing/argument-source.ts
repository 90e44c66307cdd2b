import { capture, textOf } from '../compare/index.ts';
import {
  canonicalJson,
  CutoverError,
  deadline,
  describeError,
  murmur3,
  type Clock,
} from '../kernel/index.ts';
import { isConnectionLost } from '../verify/index.ts';
import { isObject } from './parts.ts';
import { show } from './show.ts';

/** Where a page ended, as JSON: it is kept on disk, and given back after a restart. */
export type Cursor = string | number | boolean | readonly Cursor[] | { readonly [key: string]: Cursor };

/** @property next `null` behind the last page */
export type Page<A extends readonly unknown[]> = {
  readonly calls: readonly A[];
  readonly next: Cursor | null;
};

/**
 * Arguments of calls, one list a call: as a list, as an iterable, or by pages with a cursor. An iterable gives the same calls
 * in the same order each time; what changes while it is compared is better read by pages of a key.
 *
 * @example
 * const all: Calls<[id: number]> = { pages: async (after, size) => {
 *   const ids = await idsAfter(Number(after ?? 0), size);
 *   return { calls: ids.map((id) => [id]), next: ids.at(-1) ?? null };
 * } };
 */
export type Calls<A extends readonly unknown[]> =
  | readonly (A | [never])[]
  | (() => Iterable<A | [never]> | AsyncIterable<A | [never]>)
  | { pages(after: Cursor | null, size: number): Page<A | [never]> | Promise<Page<A | [never]>> };

/** How far a source was read. JSON. */
export type Position = {
  /** Calls before it. */
  readonly calls: number;
  readonly cursor: Cursor | null;
  /** Of all calls before it, so that an iterable that gives others is noticed. */
  readonly stamp: number;
  /** An earlier cursor and how long ago it was: cursors that come again would never end. */
  readonly mark: { readonly cursor: Cursor | null; readonly since: number; readonly until: number };
};

export const BEGIN: Position = {
  calls: 0,
  cursor: null,
  stamp: 0,
  mark: { cursor: null, since: 0, until: 1 },
};

export type Taken = {
  readonly calls: readonly (readonly unknown[])[];
  readonly position: Position;
  readonly isEnd: boolean;
};

type OpenIterator = { readonly iterator: AsyncIterator<unknown> | Iterator<unknown>; at: number };

/** How long one page, or one call of an iterable, may take, milliseconds. */
const LONGEST_WAIT_MS = 60_000;
/** Pages in a row without a call: more is a cursor that leads nowhere. */
const MOST_EMPTY = 1_000;

/** Reads the calls of one operation from where somebody got to. */
export class ArgumentSource {
  readonly #name: string;
  readonly #calls: Calls<readonly unknown[]>;
  readonly #clock: Clock;
  #open: OpenIterator | undefined;

  /** @param name `user.find`, in what is said @throws CutoverError `COMPARE_INVALID` for what is no source */
  constructor(name: string, calls: Calls<readonly unknown[]>, clock: Clock) {
    this.#name = name;
    this.#calls = calls;
    this.#clock = clock;
    if (!Array.isArray(calls) && typeof calls !== 'function' && !hasPages(calls))
      throw this.#invalid(
        `is ${show(calls)}`,
        'give a list of argument lists, a function that makes an iterable, or { pages }',
      );
  }

  /** At most `size` calls, or a page of them. @throws CutoverError `COMPARE_INVALID` for what gives no calls */
  async take(from: Position, size: number): Promise<Taken> {
    return hasPages(this.#calls) ? this.#page(this.#calls, from, size) : this.#iterate(from, size);
  }

  async #page(source: WithPages, from: Position, size: number): Promise<Taken> {
    let position = from;
    for (let empty = 0; empty < MOST_EMPTY; empty += 1) {
      const page: unknown = await this.#inTime(async () => source.pages(position.cursor, size));
      if (!isObject(page) || !Array.isArray(Reflect.get(page, 'calls')) || !('next' in page))
        throw this.#invalid(
          `pages() gave ${show(page)}`,
          'return { calls, next }, with next: null at the end',
        );
      const calls = (Reflect.get(page, 'calls') as readonly unknown[]).map((one) => this.#argumentsOf(one));
      const next = this.#cursorOf(Reflect.get(page, 'next'));
      position = this.#moved(position, calls, next);
      if (calls.length > 0 || next === null) return { calls, position, isEnd: next === null };
    }
    throw this.#invalid(`${MOST_EMPTY} pages in a row had no call`, 'return next: null behind the last row');
  }

  #moved(from: Position, calls: readonly (readonly unknown[])[], next: Cursor | null): Position {
    const { mark } = from;
    const moved = { ...stamped(from, calls), cursor: next };
    if (next === null) return moved;
    if (sameCursor(next, mark.cursor))
      throw this.#invalid(
        `pages() came back to the cursor ${show(next)}: it would never end`,
        'ask for rows behind the cursor, and return the last row as the next one',
      );
    // The mark waits twice as long each time, so that a circle of any length comes by it.
    const since = mark.since + 1;
    return since === mark.until
      ? { ...moved, mark: { cursor: next, since: 0, until: mark.until * 2 } }
      : { ...moved, mark: { ...mark, since } };
  }

  async #iterate(from: Position, size: number): Promise<Taken> {
    const open = await this.#openAt(from);
    const calls: (readonly unknown[])[] = [];
    let isEnd = false;
    // Of a generator that threw nothing more comes: it is begun anew, and not taken for one that is at its end.
    this.#open = undefined;
    while (calls.length < size && !isEnd) {
      const { done, value } = await this.#inTime(async () => open.iterator.next());
      if (done === true) isEnd = true;
      else calls.push(this.#argumentsOf(value));
    }
    open.at += calls.length;
    this.#open = open;
    return { calls, position: stamped(from, calls), isEnd };
  }

  /** Where it stands already, else from the beginning, past the same calls as before. */
  async #openAt(position: Position): Promise<OpenIterator> {
    if (this.#open?.at === position.calls) return this.#open;
    const open = { iterator: this.#begin(), at: 0 };
    let passed: Position = BEGIN;
    while (passed.calls < position.calls) {
      const { done, value } = await this.#inTime(async () => open.iterator.next());
      if (done === true) break;
      passed = stamped(passed, [this.#argumentsOf(value)]);
    }
    if (passed.calls !== position.calls || passed.stamp !== position.stamp)
      throw new CutoverError(
        'CHECKPOINT_INVALID',
        `${this.#name}: the first ${position.calls} calls are others than before, so that nobody knows which were compared`,
        { hint: 'begin anew with --restart; rows that change meanwhile are better read by { pages }' },
      );
    open.at = position.calls;
    return open;
  }

  #begin(): AsyncIterator<unknown> | Iterator<unknown> {
    const made: unknown = typeof this.#calls === 'function' ? this.#calls() : this.#calls;
    if (isObject(made)) {
      const begin: unknown = Reflect.get(made, Symbol.asyncIterator) ?? Reflect.get(made, Symbol.iterator);
      if (typeof begin === 'function')
        return Reflect.apply(begin, made, []) as AsyncIterator<unknown> | Iterator<unknown>;
    }
    throw this.#invalid(`its function gave ${show(made)}`, 'return an iterable, or write a generator');
  }

  #argumentsOf(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value as readonly unknown[];
    throw this.#invalid(
      `${show(value)} are no arguments`,
      'give each call as a list with one entry an argument: [1]',
    );
  }

  #cursorOf(value: unknown): Cursor | null {
    if (value === null) return null;
    // What does not come back from JSON as it was is no cursor after a restart.
    if (isSound(value)) return value as Cursor;
    throw this.#invalid(
      `the cursor ${show(value)} is no JSON`,
      'a key as a number or a text, or a list of them',
    );
  }

  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    const late = deadline(this.#clock, LONGEST_WAIT_MS);
    const given = work();
    try {
      return await Promise.race([
        given,
        new Promise<never>((_, reject) => {
          late.signal.addEventListener('abort', () =>
            reject(
              this.#invalid(
                `gave nothing within ${LONGEST_WAIT_MS / 1_000} s`,
                'read the keys by smaller pages, by an index',
              ),
            ),
          );
        }),
      ]);
    } catch (error) {
      if (error instanceof CutoverError) throw error;
      const code = isConnectionLost(error) ? 'CONNECTION_LOST' : 'COMPARISON_FAILED';
      throw new CutoverError(code, `calls of ${this.#name}: ${describeError(error)}`, {
        hint: 'what gives the arguments failed; what was compared before is kept',
        cause: error,
      });
    } finally {
      late.end();
    }
  }

  #invalid(what: string, hint: string): CutoverError {
    return new CutoverError('COMPARE_INVALID', `calls of ${this.#name}: ${what}`, { hint });
  }
}

type WithPages = Extract<Calls<readonly unknown[]>, { pages: unknown }>;

function hasPages(calls: unknown): calls is WithPages {
  return isObject(calls) && typeof Reflect.get(calls, 'pages') === 'function';
}

function stamped(from: Position, calls: readonly (readonly unknown[])[]): Position {
  const stamp = calls.reduce((before: number, args) => {
    const seen = capture(args);
    return murmur3(`${before} ${seen.kind === 'returned' ? textOf(seen.value) : seen.kind}`);
  }, from.stamp);
  return { ...from, calls: from.calls + calls.length, stamp };
}

function sameCursor(one: Cursor | null, other: Cursor | null): boolean {
  return other !== null && canonicalJson(one) === canonicalJson(other);
}

function isSound(value: unknown): boolean {
  try {
    const text = JSON.stringify(value);
    return text !== undefined && textOfJson(value) === text;
  } catch {
    return false;
  }
}

/** Without what JSON leaves out or turns into something else: a date, `NaN`, a bigint. */
function textOfJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : '';
    case 'object': {
      if (Array.isArray(value)) return `[${value.map(textOfJson).join(',')}]`;
      if (value === null || Object.getPrototypeOf(value) !== Object.prototype) return '';
      const members = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}:${textOfJson(one)}`);
      return `{${members.join(',')}}`;
    }
    default:
      return '';
  }
}

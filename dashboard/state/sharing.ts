/** What a tab does with a stream that it shares with other tabs. `T` is what tabs tell each other; it is copied. */
export type Tab<T> = {
  /** Reads the stream and hands on what comes, until the signal; it ends by itself only where there is nothing to be read. */
  lead(say: (piece: T) => void, signal: AbortSignal): Promise<void>;
  /** @returns whether something before it is missing here: all of it is asked for then */
  hear(piece: T): boolean;
  /** For a tab that knows nothing yet; `null` while there is nothing to know. */
  whole(): T | null;
  /** That the stream is still being read here, or tried. */
  word(): T;
  isVisible(): boolean;
};

/** What a browser has for it, as an argument for tests. */
export type Browser = {
  readonly locks: {
    request(
      name: string,
      options: { readonly steal: true } | { readonly signal: AbortSignal },
      work: () => Promise<void>,
    ): Promise<unknown>;
  };
  channel(name: string, onMessage: (message: unknown) => void): Line;
  every(ms: number, work: () => void): () => void;
  now(): number;
  /** 0..1 */
  random(): number;
};

type Line = { post(message: unknown): void; close(): void };

type Message<T> =
  | { readonly kind: 'hello' }
  | { readonly kind: 'said'; readonly term: number; readonly piece: T };

/** All that is counted here is counted in ticks of the tab itself: one that slept has not waited. Milliseconds. */
export const TICK_MS = 1_000;
/** The tab that reads says so at least this often. Ticks. */
const WORD_TICKS = 3;
/** Silence after which a tab that is looked at reads by itself: that of a stream which is called stale, and not all at once. Ticks. */
const PATIENCE = 12;
const MORE_PATIENCE = 4;
/** The same for a tab that has heard nothing yet, and has nothing to show. Ticks. */
const FIRST_PATIENCE = 5;

/**
 * One stream for all tabs of a browser. The tab that holds a lock reads it and hands on what comes; the others wait for the
 * lock, which the browser gives on when that tab closes, crashes or is discarded. One that holds it and says nothing, since
 * it is frozen or stuck, loses it to a tab that somebody looks at.
 *
 * ```
 *            the lock is granted
 * waiting ──────────────────────────▶ leading ──nothing to be read, or left──▶ over
 *    ▲  └──silence, and looked at: takes it──▶ │
 *    └─────────────it was taken────────────────┘
 * ```
 *
 * A leader's `term` is greater than that of every one before it that it knows of, as a fencing token is: what one that
 * was stuck still says when it wakes is heard by nobody.
 */
export class Sharing<T> {
  readonly #name: string;
  readonly #tab: Tab<T>;
  readonly #browser: Browser;
  readonly #patience: number;
  #line: Line | null = null;
  #stopTicks: () => void = () => {};
  #term = 0;
  /** The request that counts; those before it are given up. */
  #turn = 0;
  #waiting = new AbortController();
  #leading: AbortController | null = null;
  #isHeard = false;
  #silent = 0;
  #ticks = 0;

  constructor(name: string, tab: Tab<T>, browser: Browser) {
    this.#name = name;
    this.#tab = tab;
    this.#browser = browser;
    this.#patience = PATIENCE + Math.floor(browser.random() * MORE_PATIENCE);
  }

  start(): void {
    this.#line = this.#browser.channel(this.#name, (message) => this.#receive(message as Message<T>));
    this.#post({ kind: 'hello' });
    this.#stopTicks = this.#browser.every(TICK_MS, () => this.#tick());
    this.#wait();
  }

  stop(): void {
    this.#stopTicks();
    this.#line?.close();
    this.#line = null;
    this.#turn += 1;
    this.#waiting.abort();
    this.#leading?.abort();
    this.#leading = null;
  }

  /** Somebody looks at this tab again: what it missed is asked for, and it waits for the answer no longer than a new one. */
  seen(): void {
    if (this.#leading !== null) return;
    this.#silent = Math.max(this.#silent, this.#patience - FIRST_PATIENCE);
    this.#post({ kind: 'hello' });
  }

  #wait(): void {
    this.#waiting = new AbortController();
    this.#hold({ signal: this.#waiting.signal });
  }

  #takeOver(): void {
    this.#silent = 0;
    this.#waiting.abort();
    this.#hold({ steal: true });
  }

  #hold(options: Parameters<Browser['locks']['request']>[1]): void {
    this.#turn += 1;
    const turn = this.#turn;
    const leaving = new AbortController();
    const settled = (): void => {
      leaving.abort();
      if (this.#leading === leaving) this.#leading = null;
      if (turn !== this.#turn) return;
      // It was taken from this tab.
      this.#silent = 0;
      this.#wait();
    };
    const lead = async (): Promise<void> => {
      if (turn === this.#turn) await this.#lead(leaving);
    };
    this.#browser.locks.request(this.#name, options, lead).then(settled, settled);
  }

  async #lead(leaving: AbortController): Promise<void> {
    this.#term = Math.max(this.#term + 1, this.#browser.now());
    this.#leading = leaving;
    const say = (piece: T): void => {
      if (this.#leading === leaving) this.#post({ kind: 'said', term: this.#term, piece });
    };
    say(this.#tab.word());
    await this.#tab.lead(say, leaving.signal);
    if (!leaving.signal.aborted) this.stop();
  }

  #receive(message: Message<T>): void {
    if (this.#line === null) return;
    if (message.kind === 'hello') {
      if (this.#leading !== null) this.#say(this.#tab.whole() ?? this.#tab.word());
      return;
    }
    if (message.term < this.#term) return;
    if (this.#leading !== null) {
      if (message.term > this.#term) this.#leading.abort();
      return;
    }
    this.#term = message.term;
    this.#isHeard = true;
    this.#silent = 0;
    if (this.#tab.hear(message.piece)) this.#post({ kind: 'hello' });
  }

  #tick(): void {
    this.#ticks += 1;
    if (this.#leading !== null) {
      if (this.#ticks % WORD_TICKS === 0) this.#say(this.#tab.word());
      return;
    }
    this.#silent += 1;
    const patience = this.#isHeard ? this.#patience : FIRST_PATIENCE;
    if (this.#silent >= patience && this.#tab.isVisible()) this.#takeOver();
  }

  #say(piece: T): void {
    this.#post({ kind: 'said', term: this.#term, piece });
  }

  #post(message: Message<T>): void {
    this.#line?.post(message);
  }
}

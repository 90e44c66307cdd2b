import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sharing, TICK_MS, type Browser, type Tab } from './sharing.ts';

type Request = {
  readonly tab: TabOf;
  readonly work: () => Promise<void>;
  readonly settle: (error: Error | null) => void;
};

/** The locks and the channel of one browser, and time that passes only when it is told to. A tab that is frozen does nothing. */
class World {
  readonly tabs: TabOf[] = [];
  #holder: Request | null = null;
  #queue: Request[] = [];
  #now = 1_000;

  open(isVisible = true): TabOf {
    const tab = new TabOf(this, isVisible);
    this.tabs.push(tab);
    tab.sharing.start();
    return tab;
  }

  get awake(): readonly TabOf[] {
    return this.tabs.filter(({ isFrozen }) => !isFrozen);
  }

  get leaders(): readonly TabOf[] {
    return this.tabs.filter(({ isLeading }) => isLeading);
  }

  browserOf(tab: TabOf): Browser {
    return {
      locks: { request: (_, options, work) => this.#request(tab, options, work) },
      channel: (_, onMessage) => {
        tab.onMessage = onMessage;
        return {
          post: (message) => {
            const copy = structuredClone(message);
            for (const other of this.tabs) if (other !== tab) other.run(() => other.onMessage?.(copy));
          },
          close: () => (tab.onMessage = null),
        };
      },
      every: (ms, work) => {
        expect(ms).toBe(TICK_MS);
        tab.onTick = work;
        return () => (tab.onTick = null);
      },
      now: () => this.#now,
      random: () => tab.random,
    };
  }

  #request(tab: TabOf, options: object, work: () => Promise<void>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request: Request = {
        tab,
        work,
        settle: (error) => tab.run(() => (error === null ? resolve(null) : reject(error))),
      };
      if ('signal' in options) {
        this.#queue.push(request);
        (options.signal as AbortSignal).addEventListener('abort', () => {
          if (!this.#queue.includes(request)) return;
          this.#queue = this.#queue.filter((one) => one !== request);
          request.settle(new Error('given up'));
        });
      } else {
        this.#holder?.settle(new Error('stolen'));
        this.#holder = null;
        this.#queue.unshift(request);
      }
      this.#grant();
    });
  }

  #grant(): void {
    if (this.#holder !== null) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#holder = next;
    next.tab.run(() => {
      const done = (): void => {
        next.settle(null);
        if (this.#holder !== next) return;
        this.#holder = null;
        this.#grant();
      };
      void next.work().then(done, done);
    });
  }

  /** The browser takes what a tab had: it closed, crashed, or was discarded. */
  discard(tab: TabOf): void {
    this.tabs.splice(this.tabs.indexOf(tab), 1);
    tab.isFrozen = true;
    this.#queue = this.#queue.filter((one) => one.tab !== tab);
    if (this.#holder?.tab !== tab) return;
    this.#holder = null;
    this.#grant();
  }

  /** What happens at once has happened. */
  async settled(): Promise<void> {
    for (let times = 0; times < 30; times += 1) await Promise.resolve();
  }

  async pass(ticks: number): Promise<void> {
    for (let tick = 0; tick < ticks; tick += 1) {
      this.#now += TICK_MS;
      for (const tab of this.awake) tab.onTick?.();
      await this.settled();
    }
  }

  /** Something happens on the server: whoever streams is told, however many these are. */
  async happen(): Promise<void> {
    this.happened += 1;
    for (const tab of this.tabs) tab.run(() => tab.stream?.(this.happened));
    await this.settled();
  }

  happened = 0;
}

/** A tab that knows how often something happened, and hears of it in its order. */
class TabOf {
  readonly sharing: Sharing<number | null>;
  readonly random: number;
  isFrozen = false;
  isVisible: boolean;
  onMessage: ((message: unknown) => void) | null = null;
  onTick: (() => void) | null = null;
  /** Its stream, while it has one. */
  stream: ((happened: number) => void) | null = null;
  known = -1;
  isToldOld = false;
  #later: (() => void)[] = [];

  constructor(world: World, isVisible: boolean) {
    this.isVisible = isVisible;
    this.random = world.tabs.length / 10;
    const tab: Tab<number | null> = {
      lead: (say, signal) =>
        new Promise((resolve) => {
          // Resumes where it was, as a server lets it.
          this.known = world.happened;
          say(this.known);
          const stream = (happened: number): void => {
            this.known = happened;
            say(happened);
          };
          this.stream = stream;
          signal.addEventListener('abort', () => {
            if (this.stream === stream) this.stream = null;
            resolve();
          });
        }),
      hear: (piece) => {
        if (piece === null) return false;
        if (piece < this.known) this.isToldOld = true;
        this.known = Math.max(this.known, piece);
        return false;
      },
      whole: () => this.known,
      word: () => null,
      isVisible: () => this.isVisible,
    };
    this.sharing = new Sharing('here', tab, world.browserOf(this));
  }

  get isLeading(): boolean {
    return this.stream !== null;
  }

  run(work: () => void): void {
    if (this.isFrozen) this.#later.push(work);
    else work();
  }

  thaw(): void {
    this.isFrozen = false;
    for (const work of this.#later.splice(0)) work();
  }
}

/** Longer than anybody's patience, twice: a tab that was stuck may have to be found out first. Ticks. */
const LONG = 40;

describe('a stream that tabs share', () => {
  it('is read by one of them, and all know what it brings', async () => {
    const world = new World();
    for (let tabs = 0; tabs < 8; tabs += 1) world.open();
    await world.settled();
    await world.happen();
    expect(world.leaders).toHaveLength(1);
    expect(world.tabs.map(({ known }) => known)).toEqual(Array(8).fill(1));
  });

  it('is told to a tab that comes later, without waiting for anything to happen', async () => {
    const world = new World();
    world.open();
    await world.settled();
    await world.happen();
    const late = world.open();
    await world.settled();
    expect(late.known).toBe(1);
  });

  it('goes on at once when the tab that reads it closes, however it does', async () => {
    for (const close of ['stop', 'discard'] as const) {
      const world = new World();
      const [first] = [world.open(), world.open(), world.open()];
      await world.settled();
      expect(world.leaders).toEqual([first]);
      if (close === 'stop') first.sharing.stop();
      else world.discard(first);
      await world.settled();
      await world.happen();
      expect(world.leaders.filter((tab) => tab !== first)).toHaveLength(1);
      for (const tab of world.tabs) if (tab !== first) expect(tab.known).toBe(1);
    }
  });

  it('is taken from a tab that says nothing any more, by one that is looked at, and stays taken', async () => {
    const world = new World();
    const stuck = world.open();
    const hidden = world.open(false);
    const seen = world.open();
    await world.settled();
    stuck.isFrozen = true;
    await world.pass(8);
    expect(seen.isLeading).toBe(false);
    await world.pass(12);
    expect([hidden.isLeading, seen.isLeading]).toEqual([false, true]);
    await world.happen();
    stuck.thaw();
    await world.settled();
    expect(world.leaders).toEqual([seen]);
    await world.happen();
    expect(world.tabs.map(({ known }) => known)).toEqual([2, 2, 2]);
  });

  it('is left where it is while nobody looks, and asked for as soon as somebody does', async () => {
    const world = new World();
    const stuck = world.open();
    const hidden = world.open(false);
    await world.settled();
    stuck.isFrozen = true;
    await world.pass(LONG);
    expect(hidden.isLeading).toBe(false);
    hidden.isVisible = true;
    hidden.sharing.seen();
    await world.pass(6);
    expect(hidden.isLeading).toBe(true);
  });

  it('is never read by nobody, nor by two that are awake, whatever tabs do', async () => {
    const step = fc.record({
      act: fc.constantFrom('open', 'stop', 'discard', 'freeze', 'thaw', 'happen', 'wait', 'hide', 'show'),
      which: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = new World();
        world.open();
        for (const { act, which } of steps) {
          await play(world, act, which);
          await world.settled();
          expect(world.awake.filter(({ isLeading }) => isLeading).length).toBeLessThanOrEqual(1);
        }
        const looked = world.open();
        await world.pass(LONG);
        await world.happen();
        expect(world.awake.filter(({ isLeading }) => isLeading)).toHaveLength(1);
        expect(looked.known).toBe(world.happened);
        for (const tab of world.awake) expect(tab.known).toBe(world.happened);
        for (const tab of world.tabs) expect(tab.isToldOld).toBe(false);
        for (const tab of world.tabs) tab.thaw();
        await world.pass(LONG);
        await world.happen();
        expect(world.leaders).toHaveLength(1);
        for (const tab of world.tabs) expect(tab.known).toBe(world.happened);
      }),
      { numRuns: 150 },
    );
  });
});

async function play(world: World, act: string, which: number): Promise<void> {
  const tab = world.tabs[which % Math.max(1, world.tabs.length)];
  if (act === 'open') return void world.open(which % 3 !== 0);
  if (act === 'happen') return world.happen();
  if (act === 'wait') return world.pass(which % 20);
  if (tab === undefined) return;
  if (act === 'freeze') tab.isFrozen = true;
  if (act === 'thaw') tab.thaw();
  if (act === 'hide') tab.isVisible = false;
  if (act === 'discard') world.discard(tab);
  if (act === 'stop' && !tab.isFrozen) {
    tab.sharing.stop();
    await world.settled();
    world.tabs.splice(world.tabs.indexOf(tab), 1);
  }
  if (act === 'show') {
    tab.isVisible = true;
    tab.run(() => tab.sharing.seen());
  }
}

import type { Side } from '../route/index.ts';
import type { Snapshot } from './snapshot.ts';

/** How many pins of one epoch are alive. */
export type Alive = { readonly epoch: number; count: number };

/** One decision for a whole scope: a request, a job, a transaction. */
export class Pin {
  readonly snapshot: Snapshot;
  readonly key: string | undefined;
  readonly #alive: Alive;
  /** Until when the state may be trusted that the scope began with, monotonic milliseconds. */
  readonly #freshUntil: number;
  /** Known from the first decision on, and the same for every further one. */
  #isStale: boolean | undefined;
  /** One number for the whole scope, so that a share of traffic without a key does not split it. */
  readonly #random: number;
  readonly #sides: (Side | undefined)[] = [];
  /** Decides what was not decided here. */
  #outer: Pin | undefined;
  /** The side of the transaction that this pin belongs to. */
  transaction: Side | undefined;
  /** A read that runs in the shadow: no write is reached from here. */
  inShadow = false;
  /** Told of each call in this scope, by the index of its repository. */
  served: ((index: number, side: Side) => void) | undefined;
  /** The scope is over. What was started in it and goes on (a timer, a queue) decides for itself from then on. */
  ended = false;

  /** @param alive those of the snapshot's epoch: this one is among them from now until its end */
  constructor(snapshot: Snapshot, key: string | undefined, alive: Alive, freshUntil: number, random: number) {
    this.snapshot = snapshot;
    this.key = key;
    this.#alive = alive;
    alive.count += 1;
    this.#freshUntil = freshUntil;
    this.#random = random;
  }

  /**
   * The side of a repository in this scope: decided once, from the state that the scope began with.
   *
   * @param now monotonic milliseconds. A clock is read for each call anyway, so that none is read for a pin: it is stale
   *   if its state's time is over when it is first asked, which it is whenever it was over at the start.
   */
  side(index: number, now: number): Side {
    return (this.#sides[index] ??= this.#outer?.side(index, now) ?? this.#decide(index, now));
  }

  /** A pin within this one, which decides as this does. */
  within(alive: Alive = this.#alive): Pin {
    const inner = new Pin(this.snapshot, this.key, alive, this.#freshUntil, this.#random);
    inner.#outer = this;
    inner.inShadow = this.inShadow;
    inner.served = this.served;
    return inner;
  }

  /** Serves these repositories from one side. */
  hold(indexes: readonly number[], side: Side): void {
    for (const index of indexes) this.#sides[index] = side;
    this.transaction = side;
  }

  /** @returns whether none of its epoch is alive any more */
  end(): boolean {
    this.ended = true;
    this.#alive.count -= 1;
    return this.#alive.count === 0;
  }

  #decide(index: number, now: number): Side {
    const { snapshot } = this;
    const route = snapshot.routes[index];
    this.#isStale ??= now > this.#freshUntil;
    if (this.#isStale || route === undefined) return snapshot.failSide;
    return route.fixed ?? route.side(this.key, () => this.#random);
  }
}

/** The pins that are alive, by epoch, to know what may be acknowledged. */
export class LivePins {
  #epochs: readonly Alive[] = [];
  #newest: Alive = { epoch: -1, count: 0 };
  #begun = 0;

  /** Those of an epoch, to begin one in it. */
  of(epoch: number): Alive {
    this.#begun += 1;
    if (this.#newest.epoch !== epoch) {
      this.#newest = { epoch, count: 0 };
      this.#epochs = [...this.#epochs.filter(({ count }) => count > 0), this.#newest];
    }
    return this.#newest;
  }

  get count(): number {
    return this.#epochs.reduce((sum, { count }) => sum + count, 0);
  }

  /** How many were alive at any time since the last call. */
  drain(): number {
    const seen = this.#begun;
    this.#begun = this.count;
    return seen;
  }

  /** The epoch that nothing older than is served here any more. */
  acknowledged(current: Snapshot): number {
    if (current.ignoresPins) return current.epoch;
    const alive = this.#epochs.filter(({ count }) => count > 0).map(({ epoch }) => epoch);
    return Math.min(current.epoch, ...alive);
  }
}

import type { Clock } from '../kernel/index.ts';
import type { Store, StoredEvent, StoredRouting } from '../store/index.ts';

/** What somebody who follows a stream is told. */
export type Follower = {
  /** Events in their order, without gaps from the one that was there when the following began. */
  events?(events: readonly StoredEvent[]): void;
  /** A newer routing state. */
  routing?(routing: StoredRouting): void;
  /** The log does not go on where it ended: another state file was put in its place. */
  replaced?(): void;
};

/** Between two looks after a commit: hundreds of instances that report do not make it spin. Milliseconds. */
const LEAST_WAIT_MS = 10;
/** A watch may be lost with its connection; then this is how late a change is seen. Milliseconds. */
const FALLBACK_MS = 1_000;

type Channel = { seq: number; epoch: number; readonly followers: Set<Follower> };

/**
 * One watch of the store for any number of followers. A commit is read once for each stream that somebody follows, and
 * handed to all of them.
 */
export class Hub {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #channels = new Map<string, Channel>();
  #unwatch: (() => void) | null = null;
  #isLooking = false;
  #again = false;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Follows a stream. Whatever is behind `seq` is told; a routing state may be told before `routing` is here, so whoever
   * follows goes by the epoch.
   */
  async follow(
    stream: string,
    follower: Follower,
  ): Promise<{
    readonly seq: number;
    readonly routing: StoredRouting | undefined;
    readonly stop: () => void;
  }> {
    const head = await this.#store.head(stream);
    const channel = this.#channelOf(stream, head?.seq ?? 0);
    channel.followers.add(follower);
    this.#begin();
    const { seq } = channel;
    const stop = (): void => this.#stop(stream, channel, follower);
    try {
      return { seq, routing: await this.#store.routing(stream), stop };
    } catch (error) {
      stop();
      throw error;
    }
  }

  /** Followers now, over all streams. */
  get size(): number {
    return [...this.#channels.values()].reduce((sum, { followers }) => sum + followers.size, 0);
  }

  close(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    this.#channels.clear();
  }

  #channelOf(stream: string, seq: number): Channel {
    const known = this.#channels.get(stream);
    if (known !== undefined) return known;
    const channel: Channel = { seq, epoch: 0, followers: new Set() };
    this.#channels.set(stream, channel);
    return channel;
  }

  #stop(stream: string, channel: Channel, follower: Follower): void {
    channel.followers.delete(follower);
    if (channel.followers.size === 0 && this.#channels.get(stream) === channel) this.#channels.delete(stream);
    if (this.#channels.size === 0) {
      this.#unwatch?.();
      this.#unwatch = null;
    }
  }

  #begin(): void {
    if (this.#unwatch !== null) return;
    const unwatch = this.#store.watch(() => this.#wake());
    const stopFallback = this.#clock.every(FALLBACK_MS, () => this.#wake());
    this.#unwatch = () => {
      unwatch();
      stopFallback();
    };
  }

  /** However many commits there are: one look behind the one that is on. */
  #wake(): void {
    this.#again = true;
    if (!this.#isLooking) void this.#lookOn();
  }

  async #lookOn(): Promise<void> {
    this.#isLooking = true;
    while (this.#again) {
      this.#again = false;
      for (const [stream, channel] of this.#channels) {
        // A store that is away now is looked at again with the next commit, and a second later in any case.
        await this.#look(stream, channel).catch(() => {});
      }
      await this.#clock.sleep(LEAST_WAIT_MS);
    }
    this.#isLooking = false;
  }

  async #look(stream: string, channel: Channel): Promise<void> {
    const head = await this.#store.head(stream);
    const seq = head?.seq ?? 0;
    if (seq < channel.seq) {
      channel.seq = seq;
      channel.epoch = 0;
      for (const follower of channel.followers) follower.replaced?.();
    }
    if (seq === channel.seq && channel.epoch !== 0) return;
    const events = await this.#store.read(stream, channel.seq);
    const routing = await this.#store.routing(stream);
    channel.seq = events.at(-1)?.seq ?? channel.seq;
    if (events.length > 0) for (const follower of channel.followers) follower.events?.(events);
    if (routing === undefined || routing.epoch === channel.epoch) return;
    channel.epoch = routing.epoch;
    for (const follower of channel.followers) follower.routing?.(routing);
  }
}

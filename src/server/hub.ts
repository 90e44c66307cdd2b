import type { Clock } from '../kernel/index.ts';
import type { SharedReads } from './shared-reads.ts';
import type { EventMark, RoutingMark, Store, StoredEvent, StoredRouting } from '../store/index.ts';

/** What somebody who follows a stream is told. */
export type Follower = {
  /** Events in their order, without gaps from the one that was there when the following began. */
  events?(events: readonly StoredEvent[]): void;
  /** A newer routing state. @param behind an event of its log: that of the one before, where it was seen */
  routing?(routing: StoredRouting, behind: EventMark | null): void;
  /** The log does not go on where it was: another state was put in its place. @param end from where it goes on now */
  replaced?(end: EventMark): void;
};

/** Between two looks after a commit: hundreds of instances that report do not make it spin. Milliseconds. */
const LEAST_WAIT_MS = 10;
/** Of a store that was away for long much is told at once: others have their turn between two pages. Events. */
const PAGE = 1_000;
/** A watch may be lost with its connection; then this is how late a change is seen. Milliseconds. */
const FALLBACK_MS = 1_000;

type Channel = { end: EventMark; routing: RoutingMark; readonly followers: Set<Follower> };

const NO_EVENT: EventMark = { seq: 0, hash: '' };
const NO_ROUTING: RoutingMark = { epoch: 0, mark: null };

/**
 * One watch of the store for any number of followers. A commit is read once for each stream that somebody follows, and
 * handed to all of them.
 */
export class Hub {
  readonly #store: Store;
  readonly #reads: SharedReads;
  readonly #clock: Clock;
  readonly #channels = new Map<string, Channel>();
  #unwatch: (() => void) | null = null;
  #isLooking = false;
  #again = false;

  constructor(store: Store, reads: SharedReads, clock: Clock) {
    this.#store = store;
    this.#reads = reads;
    this.#clock = clock;
  }

  /**
   * Follows a stream. Whatever is behind `end` is told; a routing state may be told before `routing` is here, so whoever
   * follows goes by the epoch.
   */
  async follow(
    stream: string,
    follower: Follower,
  ): Promise<{
    readonly end: EventMark;
    readonly routing: StoredRouting | undefined;
    readonly stop: () => void;
  }> {
    const head = await this.#reads.head(stream);
    const channel = this.#channelOf(stream, head ?? NO_EVENT);
    channel.followers.add(follower);
    this.#begin();
    const { end } = channel;
    const stop = (): void => this.#stop(stream, channel, follower);
    try {
      const routing = await this.#reads.routing(stream);
      if (routing !== undefined && routing.epoch > channel.routing.epoch) tell(channel, routing, null);
      return { end, routing, stop };
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

  #channelOf(stream: string, end: EventMark): Channel {
    const known = this.#channels.get(stream);
    if (known !== undefined) return known;
    const channel: Channel = { end, routing: NO_ROUTING, followers: new Set() };
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
    const head = (await this.#store.head(stream)) ?? NO_EVENT;
    if (!mayFollow(head, channel.end)) beginAnew(channel, head);
    if (head.seq === channel.end.seq && channel.routing.epoch !== 0) return;
    // Instances wait for it, and people read the events.
    await this.#lookAtRouting(stream, channel, head);
    if (head.seq === channel.end.seq) return;
    const events = await this.#store.read(stream, channel.end.seq, PAGE);
    const [first] = events;
    const last = events.at(-1);
    if (first === undefined || last === undefined) return;
    if (goesOn(first, channel.end)) {
      channel.end = markOf(last);
      for (const follower of channel.followers) follower.events?.(events);
      this.#again ||= last.seq < head.seq;
    } else {
      beginAnew(channel, head);
      this.#again = true;
    }
  }

  async #lookAtRouting(stream: string, channel: Channel, head: EventMark): Promise<void> {
    const { mark } = channel.routing;
    const routing = await this.#store.routing(stream, mark ?? undefined);
    // A log that has grown may be another one; then it lacks what the state before came with.
    if (routing?.knows === false) beginAnew(channel, head);
    if (routing === undefined || routing.epoch === channel.routing.epoch) return;
    tell(channel, routing, routing.knows === true ? mark : null);
  }
}

/** Whether a log with this head can have had this end: only one with the same past has the same hash. */
function mayFollow(head: EventMark, end: EventMark): boolean {
  return head.seq > end.seq || (head.seq === end.seq && head.hash === end.hash);
}

const markOf = ({ seq, hash }: EventMark): EventMark => ({ seq, hash });

function goesOn(event: StoredEvent, end: EventMark): boolean {
  return event.seq === end.seq + 1 && (end.seq === 0 || event.prev === end.hash);
}

function beginAnew(channel: Channel, end: EventMark): void {
  channel.end = markOf(end);
  channel.routing = NO_ROUTING;
  for (const follower of channel.followers) follower.replaced?.(channel.end);
}

function tell(channel: Channel, routing: StoredRouting, behind: EventMark | null): void {
  channel.routing = { epoch: routing.epoch, mark: routing.mark };
  for (const follower of channel.followers) follower.routing?.(routing, behind);
}

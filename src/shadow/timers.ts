import type { Clock } from '../kernel/index.ts';

/** How exact a deadline is, milliseconds. */
const EXACT_MS = 5;

/** Whoever waits until a time, and is told once: of what it waits for, or of nothing when it is late. */
export type Waiting<T> = {
  /** Monotonic milliseconds. */
  readonly at: number;
  told: ((it?: T) => void) | undefined;
};

export function tell<T>(waiting: Waiting<T>, it?: T): void {
  const { told } = waiting;
  waiting.told = undefined;
  told?.(it);
}

/** The timers of many calls at once: one of its own for each would cost more than all else that a call in the shadow does. */
export type Timers<T> = {
  /** A later turn of the event loop. Whoever waits for it goes on in its own asynchronous context. */
  later(): Promise<void>;
  /** Tells whoever still waits at its time, or a few milliseconds after it. */
  add(waiting: Waiting<T>): void;
};

export function timersOf<T>(clock: Clock): Timers<T> {
  let all: Waiting<T>[] = [];
  let turn: Promise<void> | undefined;
  let stop: (() => void) | undefined;
  const look = (): void => {
    const [before, now] = [all, clock.monotonic()];
    all = [];
    for (const waiting of before) {
      if (waiting.at <= now) tell(waiting);
      else if (waiting.told) all.push(waiting);
    }
    if (all.length > 0) return;
    stop?.();
    stop = undefined;
  };
  return {
    later: () =>
      (turn ??= clock.sleep(0.001).then(() => {
        turn = undefined;
      })),
    add(waiting) {
      all.push(waiting);
      stop ??= clock.every(EXACT_MS, look);
    },
  };
}

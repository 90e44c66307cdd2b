import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deadline, systemClock } from './clock.ts';

const DAY = 86_400_000;

/** The timers of these are as short-sighted as the real ones: more than 2^31-1 ms fires at once. */
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('times that are longer than a timer can be', () => {
  it('are more than a plain timer takes here, too', () => {
    let fired = false;
    setTimeout(() => (fired = true), 30 * DAY);
    vi.advanceTimersByTime(1_000);
    expect(fired).toBe(true);
  });

  it('are slept through, not a moment less', async () => {
    let woke = false;
    const sleeping = systemClock.sleep(60 * DAY).then(() => (woke = true));
    await vi.advanceTimersByTimeAsync(60 * DAY - 1);
    expect(woke).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleeping;
    expect(woke).toBe(true);
  });

  it('are given up in the middle', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60 * DAY, stop.signal);
    await vi.advanceTimersByTimeAsync(40 * DAY);
    stop.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are kept between ticks', () => {
    let ticks = 0;
    const stop = systemClock.every(60 * DAY, () => (ticks += 1));
    vi.advanceTimersByTime(60 * DAY - 3);
    expect(ticks).toBe(0);
    vi.advanceTimersByTime(6);
    expect(ticks).toBe(1);
    vi.advanceTimersByTime(60 * DAY);
    expect(ticks).toBe(2);
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are deadlines that neither end at once nor keep a timer when they are forgotten', async () => {
    const late = deadline(systemClock, 60 * DAY);
    await vi.advanceTimersByTimeAsync(60 * DAY - 1);
    expect(late.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(late.signal.aborted).toBe(true);
    const forgotten = deadline(systemClock, 60 * DAY);
    forgotten.end();
    await vi.advanceTimersByTimeAsync(90 * DAY);
    expect(forgotten.signal.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { manualClock } from './manual-clock.ts';

describe('a manual clock', () => {
  it('stands until it is told to go, and then does what is due in its order', async () => {
    const clock = manualClock(1_000);
    const seen: string[] = [];
    const stop = clock.every(20, () => seen.push(`tick ${clock.monotonic()}`));
    const slept = clock.sleep(30).then(() => seen.push('slept'));
    clock.advance(19);
    expect([seen, clock.now(), clock.monotonic()]).toEqual([[], 1_019, 19]);
    clock.advance(26);
    await slept;
    stop();
    clock.advance(100);
    expect([seen, clock.now()]).toEqual([['tick 20', 'tick 40', 'slept'], 1_145]);
  });

  it('ends a sleep that is aborted, before or during it', async () => {
    const clock = manualClock();
    const control = new AbortController();
    const sleeping = clock.sleep(10, control.signal);
    control.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(clock.sleep(10, control.signal)).rejects.toThrow('enough');
  });

  it('does not go back', () => {
    expect(() => manualClock().advance(-1)).toThrow('cannot advance by -1 ms');
    expect(() => manualClock().advance(NaN)).toThrow(RangeError);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';
import { parseQuantity } from './quantity.ts';

describe('durations', () => {
  it('reads what plans write', () => {
    expect(parseDuration('250ms')).toBe(250);
    expect(parseDuration('0.25s')).toBe(250);
    expect(parseDuration('1h 30m')).toBe(5_400_000);
    expect(parseDuration('72h')).toBe(259_200_000);
    expect(parseDuration('7d')).toBe(604_800_000);
  });

  it('refuses what is not one, and says what it was', () => {
    for (const text of ['', '5', 'h', '5 parsecs', '5m5', '-5m', 'NaNs', '1h foo']) {
      expect(() => parseDuration(text), text).toThrow(JSON.stringify(text));
    }
  });

  it('shows at most two units', () => {
    expect(
      [0, 23, 999, 4_200, 59_960, 90_000, 5_400_000, 259_200_000, 604_800_000].map(formatDuration),
    ).toEqual(['0ms', '23ms', '999ms', '4.2s', '1m', '1m 30s', '1h 30m', '72h', '7d']);
  });

  it('reads what it shows, to the precision that it shows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 * 86_400_000 }), (ms) => {
        expect(Math.abs(parseDuration(formatDuration(ms)) - ms)).toBeLessThanOrEqual(
          Math.max(50, ms * 0.02, ms > 96 * 3_600_000 ? 3_600_000 : 0),
        );
      }),
    );
  });
});

describe('quantities', () => {
  it('reads ratios, times, sizes and growth in their base units', () => {
    expect(parseQuantity('0.5%')).toBeCloseTo(0.005, 12);
    expect(parseQuantity('75ms')).toBe(75);
    expect(parseQuantity('1.5s')).toBe(1_500);
    expect(parseQuantity('150MB')).toBe(150_000_000);
    expect(parseQuantity('10MB/h')).toBe(10_000_000);
    expect(parseQuantity(5)).toBe(5);
  });

  it('refuses the rest', () => {
    for (const text of ['', '5 parsecs', 'MB', '1e400', Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => parseQuantity(text)).toThrow('is not a quantity');
    }
  });
});

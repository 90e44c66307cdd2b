import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateNumber, dateText, weekdayOf } from './date.ts';
import { instantOf, isTimeZone, localTime } from './zone.ts';

const ZONES = [
  'UTC',
  'Europe/Rome',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/Santiago',
];
const FROM = Date.UTC(2024, 0, 1);
const UNTIL = Date.UTC(2034, 0, 1);
const instants = fc.integer({ min: FROM / 1_000, max: UNTIL / 1_000 }).map((seconds) => seconds * 1_000);
const zones = fc.constantFrom(...ZONES);
const at = (text: string): number => Date.parse(text);
const date = (text: string): number => dateNumber(text) ?? Number.NaN;

describe('dates', () => {
  it('are numbers and back, with their weekdays', () => {
    expect(date('1970-01-01')).toBe(0);
    expect([date('2026-11-24'), date('1969-12-31')].map(weekdayOf)).toEqual(['tue', 'wed']);
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), (number) => {
        expect(dateNumber(dateText(number))).toBe(number);
        expect(weekdayOf(number + 7)).toBe(weekdayOf(number));
      }),
    );
  });

  it('are refused when the calendar has none such', () => {
    for (const text of ['2026-02-29', '2026-13-01', '2026-1-1', '24.11.2026', '', '2026-11-24T00:00'])
      expect(dateNumber(text), text).toBeUndefined();
    expect(dateNumber('2028-02-29')).toBeDefined();
  });
});

describe('time zones', () => {
  it('are known by their IANA names only', () => {
    expect(ZONES.every(isTimeZone)).toBe(true);
    expect(['', 'Europe/Atlantis', '+02:00', '02:00', 'Rome'].filter(isTimeZone)).toEqual([]);
  });

  it('show midnight as minute 0 of its own day', () => {
    expect(localTime(at('2026-11-23T23:00:00Z'), 'Europe/Rome')).toEqual({
      date: date('2026-11-24'),
      minute: 0,
    });
  });

  it('have a first moment for each time that is shown', () => {
    fc.assert(
      fc.property(instants, zones, (now, zone) => {
        const { date: day, minute } = localTime(now, zone);
        const first = instantOf(day, minute, zone);
        expect(localTime(first, zone)).toEqual({ date: day, minute });
        expect(first).toBeLessThanOrEqual(now);
        // An hour comes twice at the most.
        expect(now - first).toBeLessThan(7_200_000);
      }),
      { numRuns: 500 },
    );
  });

  it('have moments in the order of their times', () => {
    const minutes = fc.integer({ min: 0, max: 1_439 });
    fc.assert(
      fc.property(instants, zones, minutes, minutes, (now, zone, one, other) => {
        const { date: day } = localTime(now, zone);
        const [early, late] = one <= other ? [one, other] : [other, one];
        expect(instantOf(day, early, zone)).toBeLessThanOrEqual(instantOf(day, late, zone));
        expect(instantOf(day, late, zone)).toBeLessThanOrEqual(instantOf(day + 1, early, zone));
      }),
      { numRuns: 500 },
    );
  });

  it('go forward over a time that is left out, and back to one that comes twice', () => {
    const rome = (day: string, hour: number, minute = 0): string =>
      new Date(instantOf(date(day), hour * 60 + minute, 'Europe/Rome')).toISOString();
    expect(rome('2026-03-29', 1, 59)).toBe('2026-03-29T00:59:00.000Z');
    expect([rome('2026-03-29', 2), rome('2026-03-29', 2, 30), rome('2026-03-29', 3)]).toEqual(
      Array.from({ length: 3 }, () => '2026-03-29T01:00:00.000Z'),
    );
    expect([rome('2026-10-25', 2), rome('2026-10-25', 2, 59), rome('2026-10-25', 3)]).toEqual([
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T00:59:00.000Z',
      '2026-10-25T02:00:00.000Z',
    ]);
  });
});

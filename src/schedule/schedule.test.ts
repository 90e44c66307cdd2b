import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { dateNumber, dateText, localTime, WEEKDAYS, weekdayOf } from '../kernel/index.ts';
import type { Plan, PlanInput, RolloutWindow, Schedule } from '../plan/index.ts';
import { dateOfDay, isPlanDay } from './days.ts';
import { holdBackAt, type Entry } from './hold-back.ts';
import { phaseDates } from './phase-dates.ts';
import { holdBackText } from './text.ts';
import { longestGapDays, openingAt } from './window.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONES = ['UTC', 'Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
const at = (text: string): number => Date.parse(text);
const date = (text: string): number => dateNumber(text) ?? Number.NaN;
const instants = fc
  .integer({ min: at('2025-01-01T00:00Z') / 60_000, max: at('2030-01-01T00:00Z') / 60_000 })
  .map((minutes) => minutes * 60_000);
const weekdays = fc.subarray([...WEEKDAYS], { minLength: 1 });
const windows: fc.Arbitrary<RolloutWindow> = fc
  .record({
    days: weekdays,
    fromMinute: fc.integer({ min: 0, max: 1_439 }),
    toMinute: fc.integer({ min: 1, max: 1_440 }),
    timeZone: fc.constantFrom(...ZONES),
  })
  .filter(({ fromMinute, toMinute }) => fromMinute !== toMinute);
const nights: RolloutWindow = {
  days: ['tue', 'wed'],
  fromMinute: 120,
  toMinute: 300,
  timeZone: 'Europe/Rome',
};

describe('a window', () => {
  it('opens and closes by the clocks of its place', () => {
    const opening = openingAt(nights, at('2026-11-23T12:00Z'));
    expect([opening.opens, opening.closes]).toEqual([at('2026-11-24T01:00Z'), at('2026-11-24T04:00Z')]);
    expect(openingAt(nights, opening.opens)).toEqual(opening);
    expect(openingAt(nights, opening.closes - 1)).toEqual(opening);
    expect(openingAt(nights, opening.closes).opens).toBe(at('2026-11-25T01:00Z'));
  });

  it('over midnight belongs to the day on which it opens', () => {
    const late = { ...nights, days: ['sat'] as const, fromMinute: 1_380, toMinute: 60 };
    expect(openingAt(late, at('2026-11-28T23:30Z'))).toEqual({
      opens: at('2026-11-28T22:00Z'),
      closes: at('2026-11-29T00:00Z'),
    });
  });

  it('is one stretch of time when clocks change in it: shorter, longer, or not at all', () => {
    const night = { ...nights, days: ['sun'] as const };
    const hours = (day: string, more: Partial<RolloutWindow> = {}): number => {
      const { opens, closes } = openingAt({ ...night, ...more }, at(`${day}T00:00Z`) - 6 * HOUR);
      return (closes - opens) / HOUR;
    };
    expect(hours('2026-03-22')).toBe(3);
    expect(hours('2026-03-29')).toBe(2);
    expect(hours('2026-10-25', { fromMinute: 60 })).toBe(5);
    const leftOut = { ...night, fromMinute: 130, toMinute: 170 };
    expect(openingAt(leftOut, at('2026-03-28T12:00Z')).opens).toBe(at('2026-04-05T00:10Z'));
  });

  it('is open or opens within a week or two, and its openings follow each other', () => {
    fc.assert(
      fc.property(windows, instants, (window, now) => {
        const { opens, closes } = openingAt(window, now);
        expect(closes).toBeGreaterThan(Math.max(now, opens));
        expect(opens - now).toBeLessThan(15 * DAY);
        expect(closes - opens).toBeLessThanOrEqual(25 * HOUR);
        const following = openingAt(window, closes);
        expect(following.opens).toBeGreaterThanOrEqual(closes - HOUR);
        expect(following.closes).toBeGreaterThan(closes);
      }),
      { numRuns: 500 },
    );
  });

  it('is open exactly while clocks show its hours, but for days on which they change', () => {
    fc.assert(
      fc.property(windows, instants, (window, now) => {
        const zone = window.timeZone;
        const offset = (when: number): number => {
          const shown = localTime(when, zone);
          return shown.date * DAY + shown.minute * 60_000 - when;
        };
        fc.pre(offset(now - 2 * DAY) === offset(now + 2 * DAY));
        const { date: today, minute } = localTime(now, zone);
        const { fromMinute: from, toMinute: to, days } = window;
        const on = (day: number): boolean => days.includes(weekdayOf(day));
        const shown =
          to > from
            ? on(today) && minute >= from && minute < to
            : (on(today) && minute >= from) || (on(today - 1) && minute < to);
        expect(openingAt(window, now).opens <= now).toBe(shown);
      }),
      { numRuns: 500 },
    );
  });

  it('knows the longest time between two of its days', () => {
    expect(longestGapDays({ ...nights, days: ['tue'] })).toBe(7);
    expect(longestGapDays(nights)).toBe(6);
    expect(longestGapDays({ ...nights, days: [...WEEKDAYS] })).toBe(1);
  });
});

describe('days of a plan', () => {
  const working: Schedule = {
    timeZone: 'Europe/Rome',
    count: 'working',
    workingDays: ['mon', 'tue', 'wed', 'thu', 'fri'],
    holidays: ['2026-12-08', '2026-12-25'],
  };

  it('leave out weekends and holidays where working days are counted', () => {
    const on = (day: number, start = '2026-12-03'): string => dateText(dateOfDay(working, date(start), day));
    expect([1, 2, 3, 4, 5].map((day) => on(day))).toEqual([
      '2026-12-03',
      '2026-12-04',
      '2026-12-07',
      '2026-12-09',
      '2026-12-10',
    ]);
    expect(on(1, '2026-12-05')).toBe('2026-12-07');
    expect(dateText(dateOfDay({ ...working, count: 'calendar' }, date('2026-12-03'), 8))).toBe('2026-12-10');
  });

  it('come one after another, each on a date that counts', () => {
    const schedules = fc.record({
      timeZone: fc.constant('UTC'),
      count: fc.constantFrom('calendar' as const, 'working' as const),
      workingDays: weekdays,
      holidays: fc.array(fc.integer({ min: 20_000, max: 20_100 }).map(dateText), { maxLength: 20 }),
    });
    const days = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(schedules, fc.integer({ min: 20_000, max: 20_100 }), days, (schedule, first, day) => {
        const one = dateOfDay(schedule, first, day);
        const next = dateOfDay(schedule, first, day + 1);
        expect(one).toBeGreaterThanOrEqual(first + day - 1);
        expect(isPlanDay(schedule, one)).toBe(true);
        expect(next).toBeGreaterThan(one);
        for (let between = one + 1; between < next; between += 1)
          expect(isPlanDay(schedule, between)).toBe(false);
      }),
    );
  });
});

const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { production: {} },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  schedule: { timeZone: 'Europe/Rome', count: 'working', slack: '20%' },
  windows: { 'low traffic': { days: ['tue', 'wed'], from: '02:00', to: '05:00' } },
  freezes: [{ from: '2026-12-19', to: '2027-01-06', reason: 'end of the year' }],
  phases: [
    {
      id: 'canary',
      environment: 'production',
      day: 3,
      steps: [
        { kind: 'expose', exposure: 10, of: 'users' },
        { kind: 'hold', for: '48h' },
        { kind: 'expose', exposure: 20, of: 'users', window: 'low traffic' },
      ],
    },
    {
      id: 'full',
      environment: 'production',
      day: 'week 2, day 4',
      window: 'low traffic',
      steps: [{ kind: 'expose', exposure: 100, of: 'users' }],
    },
  ],
  rollback: { budget: '1m' },
};
const { plan } = parsePlan(input);

function entry(phase: number, step: number, dayOne = '2026-11-23'): Entry {
  const one = plan.phases[phase] as Plan['phases'][number];
  const entered = one.steps[step] as (typeof one.steps)[number];
  return { environment: 'production', dayOne, phase: one, step: entered, begins: step === 0 };
}

const text = (of: Entry, now: string): string | null => {
  const held = holdBackAt(plan, of, at(now));
  return held === null ? null : holdBackText(held, at(now));
};

describe('a run that the plan holds back', () => {
  it('waits for the day of its phase, from midnight of its place', () => {
    expect(text(entry(0, 0), '2026-11-23T12:00Z')).toBe(
      'day 3 of the plan begins Wed 00:00 Europe/Rome, in 35h',
    );
    expect(text(entry(0, 0), '2026-11-24T22:59Z')).not.toBeNull();
    expect(text(entry(0, 0), '2026-11-24T23:00Z')).toBeNull();
  });

  it('begins nothing on a day that is not counted, however late it is', () => {
    expect(text(entry(0, 0), '2026-11-28T12:00Z')).toContain('Mon 00:00 Europe/Rome, in 35h');
  });

  it('waits for the window of a phase or an exposure', () => {
    expect(text(entry(0, 2), '2026-11-23T20:00Z')).toBe(
      'the window "low traffic" opens Tue 02:00 Europe/Rome, in 5h',
    );
    expect(text(entry(0, 2), '2026-11-24T01:00Z')).toBeNull();
    expect(text(entry(0, 1), '2026-11-23T20:00Z')).toBeNull();
  });

  it('raises nothing in a freeze, and goes on with what is no raise', () => {
    expect(text(entry(0, 2), '2026-12-22T02:00Z')).toBe(
      'the freeze "end of the year" ends Thu 2027-01-07 00:00 Europe/Rome, in 15d 21h; all of it is over Tue 2027-01-12 02:00 Europe/Rome, in 20d 23h',
    );
    expect(text(entry(0, 1), '2026-12-22T02:00Z')).toBeNull();
  });

  it('is told a moment at which nothing holds it back, and never an earlier one', () => {
    const entries = fc.constantFrom(entry(0, 0), entry(0, 1), entry(0, 2), entry(1, 0));
    fc.assert(
      fc.property(entries, instants, fc.double({ min: 0, max: 1, noNaN: true }), (of, now, share) => {
        const held = holdBackAt(plan, of, now);
        if (held === null) return;
        expect(held.until).not.toBeNull();
        const until = held.until ?? Number.NaN;
        expect(holdBackAt(plan, of, until)).toBeNull();
        expect(holdBackAt(plan, of, Math.floor(now + (until - now) * share * 0.999))).not.toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it('does not wait for what a person said not to wait for', () => {
    const of = entry(0, 2);
    const now = at('2026-12-22T02:00Z');
    expect(holdBackAt(plan, of, now, () => true)).toBeNull();
    const held = holdBackAt(plan, of, now, ({ kind }) => kind === 'window');
    expect(held?.causes.map(({ kind }) => kind)).toEqual(['freeze']);
  });
});

describe('the dates of phases', () => {
  it('are known once the start is: with slack, windows and freezes', () => {
    expect(phaseDates(plan, '2026-12-07').map(({ phase: _, ...dates }) => dates)).toEqual([
      { from: '2026-12-09', to: '2026-12-10', latest: '2026-12-10', opening: null, frozen: null },
      {
        from: '2026-12-17',
        to: '2026-12-17',
        latest: '2026-12-21',
        opening: { opens: at('2027-01-12T01:00Z'), closes: at('2027-01-12T04:00Z') },
        frozen: null,
      },
    ]);
    expect(phaseDates(plan, '2026-12-14')[1]?.frozen).toBe('end of the year');
  });

  it('have no opening on a holiday: a run would not begin then', () => {
    const holidays = ['2026-12-08'];
    const { plan: off } = parsePlan({ ...input, schedule: { ...input.schedule, holidays } });
    const opening = { opens: at('2026-12-09T01:00Z'), closes: at('2026-12-09T04:00Z') };
    expect(phaseDates(off, '2026-11-24')[1]).toMatchObject({ from: '2026-12-04', opening });
  });
});

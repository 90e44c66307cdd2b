import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { calendarOf } from './calendar.ts';

const input: PlanInput = {
  id: 'swap',
  title: 'Swap; with, signs\\',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { staging: {}, production: {} },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  schedule: { timeZone: 'Europe/Rome' },
  windows: { nights: { days: ['tue'], from: '02:00', to: '05:00' } },
  freezes: [
    { from: '2026-12-19', to: '2027-01-06', reason: 'end of the year', environments: ['production'] },
  ],
  phases: [
    {
      id: 'staging',
      environment: 'staging',
      day: 4,
      slack: 2,
      steps: [
        { kind: 'expose', exposure: 100, of: 'users' },
        { kind: 'hold', for: '72h' },
      ],
    },
    { id: 'no-day', environment: 'staging', steps: [{ kind: 'expose', exposure: 100, of: 'users' }] },
    {
      id: 'canary',
      environment: 'production',
      day: 'week 2, day 1',
      window: 'nights',
      impact: 'Writes are slower\nfor a minute',
      expected: '2h',
      steps: [{ kind: 'expose', exposure: 10, of: 'users' }],
    },
  ],
  rollback: { budget: '1m' },
};
const NOW = Date.parse('2026-11-20T09:30:00Z');

/** Lines as a calendar reads them: folded ones put together again. */
function lines(text: string): readonly string[] {
  expect(text.endsWith('\r\n')).toBe(true);
  const physical = text.slice(0, -2).split('\r\n');
  for (const line of physical) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
  return physical.join('\r\n').replaceAll('\r\n ', '').split('\r\n');
}

describe('the calendar of a plan', () => {
  it('has an entry for each phase with a day and each freeze, by dates or by the opening of a window', () => {
    const read = lines(calendarOf(parsePlan(input).plan, '2026-11-23', NOW));
    expect(read.filter((line) => /^(BEGIN|UID|DTSTAMP|DTSTART|DTEND)/.test(line))).toEqual([
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT',
      'UID:swap.phase-staging@cutover',
      'DTSTAMP:20261120T093000Z',
      'DTSTART;VALUE=DATE:20261126',
      'DTEND;VALUE=DATE:20261129',
      'BEGIN:VEVENT',
      'UID:swap.phase-canary@cutover',
      'DTSTAMP:20261120T093000Z',
      'DTSTART:20261201T010000Z',
      'DTEND:20261201T040000Z',
      'BEGIN:VEVENT',
      'UID:swap.freeze-2026-12-19-production@cutover',
      'DTSTAMP:20261120T093000Z',
      'DTSTART;VALUE=DATE:20261219',
      'DTEND;VALUE=DATE:20270107',
    ]);
    expect(read).toContain('SUMMARY:Swap\\; with\\, signs\\\\: staging');
    expect(read.join('\n')).toContain('Impact: Writes are slower\\nfor a minute');
    expect(read.join('\n')).toContain('It begins on 2026-11-28 at the latest.');
  });

  it('keeps its UIDs when the plan is moved', () => {
    const uids = (dayOne: string) =>
      lines(calendarOf(parsePlan(input).plan, dayOne, NOW)).filter((line) => line.startsWith('UID'));
    expect(uids('2027-03-01')).toEqual(uids('2026-11-23'));
  });

  it('is folded and escaped so that any text is read back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (title) => {
        fc.pre(title.trim() !== '' && !/\p{Cc}/u.test(title) && title.isWellFormed());
        const read = lines(calendarOf(parsePlan({ ...input, title }).plan, '2026-11-23', NOW));
        const name = read.find((line) => line.startsWith('X-WR-CALNAME:'))?.slice('X-WR-CALNAME:'.length);
        expect(name?.replaceAll(/\\([\\;,])/g, '$1')).toBe(title);
      }),
    );
  });
});

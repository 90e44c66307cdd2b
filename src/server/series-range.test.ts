import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_STRETCHES, seriesRange, type SeriesQuery } from './series-range.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const phases = [
  { phase: 'canary', enteredAt: NOW - 30 * HOUR, leftAt: NOW - 6 * HOUR },
  { phase: 'full', enteredAt: NOW - 6 * HOUR, leftAt: null },
];
const run = { startedAt: NOW - 31 * HOUR, endedAt: null, phases };
const times = (query: SeriesQuery, of: typeof run | null = run) => {
  const { from, to } = seriesRange(query, of, NOW);
  return [(NOW - from) / HOUR, (NOW - to) / HOUR];
};
const refused = (query: SeriesQuery, of: typeof run | null = run): string => {
  try {
    seriesRange(query, of, NOW);
    return 'taken';
  } catch (error) {
    return `${Object(error).message}; ${Object(error).hint}`;
  }
};

describe('the time that charts are asked for', () => {
  it('is the last hour of the run where nothing is said, and a minute at least', () => {
    expect(times({})).toEqual([1, 0]);
    expect(times({}, null)).toEqual([1, 0]);
    expect(times({}, { ...run, startedAt: NOW - 10_000 })).toEqual([1 / 60, 0]);
  });

  it('is a phase or a run by its own times, also one that is over', () => {
    expect(times({ range: 'run' })).toEqual([31, 0]);
    expect(times({ range: 'phase' })).toEqual([6, 0]);
    expect(times({ phase: 'canary' })).toEqual([30, 6]);
    const over = {
      ...run,
      endedAt: NOW - HOUR,
      phases: phases.map((one) => ({ ...one, leftAt: NOW - HOUR })),
    };
    expect(times({ range: 'run' }, over as unknown as typeof run)).toEqual([31, 1]);
    // Entered twice: the last time counts.
    const again = { ...run, phases: [...phases, { phase: 'canary', enteredAt: NOW - HOUR, leftAt: null }] };
    expect(times({ phase: 'canary' }, again)).toEqual([1, 0]);
    expect(times({ range: 'phase' }, { ...run, phases: [] })).toEqual([31, 0]);
  });

  it('goes back as far as numbers are kept, and never beyond now', () => {
    expect(times({ from: 0 })).toEqual([60 * 24, 0]);
    expect(times({ last: 2 * HOUR, to: NOW + DAY })).toEqual([2, 0]);
    expect(refused({ from: 0, to: 10 })).toContain('is more than 60d ago');
    expect(refused({ from: NOW, to: NOW - 1 })).toContain('is not before');
  });

  it('names what cannot be', () => {
    expect(refused({ range: 'run', last: HOUR })).toContain('leave out from, to and last');
    expect(refused({ range: 'run', phase: 'canary' })).toContain('name either range or phase');
    expect(refused({ phase: 'cannary' })).toContain('did you mean "canary"?');
    expect(refused({ range: 'run' }, null)).toContain('there was no run yet');
  });

  it('has at most so many stretches, whatever step is asked for, or is refused with the least step', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60_000, max: 60 * DAY }),
        fc.integer({ min: 1_000, max: DAY }),
        (last, step) => {
          const said = refused({ last, step });
          if (said === 'taken') {
            const { from, to, most } = seriesRange({ last, step }, run, NOW);
            expect((to - from) / step).toBeLessThanOrEqual(MOST_STRETCHES);
            expect(most).toBe(MOST_STRETCHES);
          } else {
            const least = Number(/at least (\d+)/.exec(said)?.[1]);
            expect(least).toBeGreaterThan(step);
            expect(refused({ last, step: least })).toBe('taken');
          }
        },
      ),
    );
  });
});

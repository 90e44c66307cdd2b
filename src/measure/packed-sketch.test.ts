import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencySketch, packSketch, sketchCount, unpackSketch } from './index.ts';

const times = fc.array(fc.double({ min: 0.0001, max: 1e7, noNaN: true }), { maxLength: 60 });

describe('a sketch that is kept for long', () => {
  it('is the same when it is unpacked, and a text of JSON between', () => {
    fc.assert(
      fc.property(times, (all) => {
        const sketch = new LatencySketch();
        for (const ms of all) sketch.record(ms);
        const data = sketch.drain();
        expect(unpackSketch(JSON.parse(JSON.stringify(packSketch(data))))).toEqual(data);
      }),
    );
    expect(packSketch([-3, 2, -2, 1, 4, 9])).toEqual([-3, 2, 1, -5, 9]);
    expect(unpackSketch([])).toEqual([]);
  });

  it('is no trouble where somebody has written other numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noDefaultInfinity: true, noNaN: true })), (numbers) => {
        expect(sketchCount(unpackSketch(numbers))).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

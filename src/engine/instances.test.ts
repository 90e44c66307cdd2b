import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSettled, parseStatus } from './instances.ts';

const nonsense = fc.oneof(
  fc.constantFrom(-1, 1.5, 1e300, Number.NaN, Infinity, '9', null, [9], { valueOf: 9 }, true),
  fc.jsonValue(),
);

describe('what an instance says of itself', () => {
  it('is a status of the right shape whatever it is, and nonsense acknowledges nothing', () => {
    fc.assert(
      fc.property(
        fc.record({
          applied: nonsense,
          acknowledged: nonsense,
          pins: nonsense,
          serving: fc.oneof(nonsense, fc.dictionary(fc.string(), nonsense)),
          notes: fc.oneof(nonsense, fc.array(nonsense)),
          mark: fc.oneof(nonsense, fc.record({ seq: nonsense, hash: fc.oneof(nonsense, fc.string()) })),
          capture: nonsense,
        }),
        fc.integer({ min: 1, max: 1_000 }),
        (body, epoch) => {
          const status = parseStatus(body);
          if (status === null) throw new Error('an object is a status');
          for (const number of [status.applied, status.acknowledged, status.pins])
            expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
          for (const { side, why } of Object.values(status.serving))
            expect([typeof side, typeof why]).toEqual(['string', 'string']);
          // It is looked up in the log, and a store fails on what is no sequence.
          if (status.mark != null)
            expect(Number.isSafeInteger(status.mark.seq) && status.mark.seq > 0).toBe(true);
          for (const note of status.notes) expect(typeof note).toBe('string');
          const isHonest = typeof body.acknowledged === 'number' && Number.isSafeInteger(body.acknowledged);
          const isIn =
            isHonest && Number(body.acknowledged) >= epoch && Number(body.acknowledged) <= epoch + 5;
          expect(isSettled({ instance: 'i', liveness: 'live', status }, epoch, epoch + 5)).toBe(isIn);
        },
      ),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LivePins, type Alive } from './pins.ts';
import { takeSnapshot, type Snapshot } from './snapshot.ts';

const at = (epoch: number): Snapshot => ({ ...takeSnapshot(undefined, [], []), epoch });

describe('pins that are alive', () => {
  it('hold back the acknowledgement at the oldest of their epochs, whatever ends when', () => {
    const move = fc.oneof(
      fc.constant({ kind: 'begin' } as const),
      fc.constant({ kind: 'newer' } as const),
      fc.record({ kind: fc.constant('end' as const), which: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const pins = new LivePins();
        const alive: Alive[] = [];
        let epoch = 0;
        for (const one of moves) {
          if (one.kind === 'newer') epoch += 1;
          else if (one.kind === 'begin') alive.push(pins.begin(epoch));
          else if (alive.length > 0) {
            const [ended] = alive.splice(one.which % alive.length, 1);
            if (ended !== undefined) ended.count -= 1;
          }
          expect(pins.count).toBe(alive.length);
          expect(pins.acknowledged(at(epoch))).toBe(Math.min(epoch, ...alive.map((each) => each.epoch)));
          expect(pins.acknowledged({ ...at(epoch), ignoresPins: true })).toBe(epoch);
        }
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LivePins, Pin } from './pins.ts';
import { takeSnapshot, type Snapshot } from './snapshot.ts';

const at = (epoch: number): Snapshot => ({ ...takeSnapshot(undefined, [], []), epoch });

describe('pins that are alive', () => {
  it('hold back the acknowledgement at the oldest of their epochs, whatever ends when', () => {
    const move = fc.oneof(
      fc.constant({ kind: 'begin' } as const),
      fc.constant({ kind: 'newer' } as const),
      fc.record({ kind: fc.constantFrom('within', 'end'), which: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const pins = new LivePins();
        const alive: Pin[] = [];
        let epoch = 0;
        for (const one of moves) {
          if (one.kind === 'newer') epoch += 1;
          else if (one.kind === 'begin') alive.push(new Pin(at(epoch), 'key', pins.of(epoch), Infinity, 0));
          else if (alive.length > 0 && one.kind === 'within') {
            // A transaction in a pin of whatever epoch.
            const inner = alive[one.which % alive.length]?.within();
            if (inner !== undefined) alive.push(inner);
          } else if (alive.length > 0) {
            const [ended] = alive.splice(one.which % alive.length, 1);
            const rest = alive.filter(({ snapshot }) => snapshot.epoch === ended?.snapshot.epoch);
            expect(ended?.end()).toBe(rest.length === 0);
          }
          expect(pins.count).toBe(alive.length);
          expect(pins.acknowledged(at(epoch))).toBe(
            Math.min(epoch, ...alive.map(({ snapshot }) => snapshot.epoch)),
          );
          expect(pins.acknowledged({ ...at(epoch), ignoresPins: true })).toBe(epoch);
        }
      }),
    );
  });
});

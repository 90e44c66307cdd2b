import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventText, EventStreamReader, type StreamEvent } from './event-stream.ts';

const event: fc.Arbitrary<StreamEvent> = fc.record({
  id: fc.option(fc.nat().map(String)),
  event: fc.constantFrom('log', 'status', 'beat'),
  data: fc.json(),
});

describe('a stream of events', () => {
  it('is read as it was written, wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(event),
        fc.array(fc.nat({ max: 200 })),
        fc.boolean(),
        (events, cuts, isWindows) => {
          const plain = events.map(eventText).join('');
          const text = isWindows ? plain.replaceAll('\n', '\r\n') : plain;
          const reader = new EventStreamReader();
          const read: StreamEvent[] = [];
          let rest = text;
          for (const cut of cuts) {
            read.push(...reader.add(rest.slice(0, cut)));
            rest = rest.slice(cut);
          }
          read.push(...reader.add(rest));
          // A carriage return at the very end may be half of a line end.
          if (isWindows) read.push(...reader.add(''), ...reader.add('\n'));
          expect(read).toEqual(events);
        },
      ),
    );
  });

  it('may have comments and what nobody knows between its events', () => {
    const reader = new EventStreamReader();
    expect(reader.add(': hello\nretry: 5\n\nfuture: 1\nevent: a\ndata: 1\n\n')).toEqual([
      { id: null, event: 'a', data: '1' },
    ]);
  });

  it('does not fill the memory with an event without end', () => {
    const reader = new EventStreamReader();
    expect(() => {
      for (let times = 0; times < 10; times += 1) reader.add('x'.repeat(1_000_000));
    }).toThrow(RangeError);
  });
});

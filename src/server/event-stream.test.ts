import { describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/index.ts';
import { EventStreams, type Sink } from './event-stream.ts';

const event = (data: string) => ({ id: '1', event: 'log', data });

function opened(streams: EventStreams): { readonly response: Response; readonly sink: Sink } {
  let sink: Sink | undefined;
  const response = streams.open(
    (given) => {
      sink = given;
      return Promise.resolve();
    },
    () => true,
  );
  if (sink === undefined) throw new Error('not begun');
  return { response, sink };
}

describe('a stream whose reader', () => {
  it('is too slow is cut off at a bound, and holds up nobody else', async () => {
    const streams = new EventStreams(systemClock);
    const slow = opened(streams);
    const quick = opened(streams);
    const reading = quick.response.text();
    const piece = 'x'.repeat(10_000);
    let sent = 0;
    for (; !slow.sink.signal.aborted && sent < 1_000; sent += 1) {
      slow.sink.send(event(piece));
      quick.sink.send(event(piece));
      await Promise.resolve();
    }
    expect(sent).toBeLessThan(200);
    expect(streams.cutOff).toBe(1);
    expect(streams.size).toBe(1);
    quick.sink.end();
    expect((await reading).split('event: log')).toHaveLength(sent + 1);
    await expect(slow.response.text()).rejects.toThrow('too slow');
  });

  it('goes away is forgotten', async () => {
    const streams = new EventStreams(systemClock);
    const { response, sink } = opened(streams);
    await response.body?.cancel();
    expect(sink.signal.aborted).toBe(true);
    expect(streams.size).toBe(0);
    sink.send(event('nobody'));
  });

  it('is there when all are ended reads an orderly end', async () => {
    const streams = new EventStreams(systemClock);
    const { response } = opened(streams);
    streams.endAll();
    expect(await response.text()).toMatch(/^retry: \d+\n\nevent: beat\n/);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTelemetryBatch } from './parse.ts';
import { requestSide, RequestRecorder, type EndedRequest, type RequestSide } from './requests.ts';
import { sketchCount } from './sketch.ts';

const side = fc.constantFrom<RequestSide>('control', 'candidate', 'both');
const sides = fc.dictionary(fc.constantFrom('user', 'bike', 'item'), side, { noNullPrototype: true });
const ended: fc.Arbitrary<EndedRequest> = fc.record({
  route: fc.oneof(fc.constantFrom('GET /a', 'GET /b'), fc.string({ maxLength: 300 })),
  sides,
  how: fc.constantFrom<EndedRequest['how']>('answered', 'failed', 'aborted'),
  ms: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true })),
});

describe('the side of a request', () => {
  it('is that of what was asked about, and of nothing else', () => {
    const met = { user: 'candidate', bike: 'control', item: 'candidate' } as const;
    expect(requestSide(met, null)).toBe('both');
    expect(requestSide(met, ['bike'])).toBe('control');
    expect(requestSide(met, ['user', 'item'])).toBe('candidate');
    expect(requestSide(met, ['user', 'bike'])).toBe('both');
    expect(requestSide(met, ['repair'])).toBe('none');
    expect(requestSide({}, null)).toBe('none');
    expect(requestSide({ user: 'both' }, null)).toBe('both');
  });

  it('is one side only where every repository in question served from it', () => {
    fc.assert(
      fc.property(sides, fc.option(fc.subarray(['user', 'bike', 'item'])), (met, asked) => {
        const found = requestSide(met, asked);
        const relevant = Object.entries(met).flatMap(([name, one]) =>
          asked === null || asked.includes(name) ? [one] : [],
        );
        if (found === 'none') expect(relevant).toEqual([]);
        else if (found !== 'both') expect(new Set(relevant)).toEqual(new Set([found]));
      }),
    );
  });
});

describe('requests of an instance', () => {
  it('are all counted, once, and survive the way through the store', () => {
    fc.assert(
      fc.property(fc.array(ended, { maxLength: 60 }), fc.nat(60), (all, drainAt) => {
        const recorder = new RequestRecorder();
        const batches = all.flatMap((one, index) => {
          recorder.ended(one);
          return index === drainAt ? recorder.drain() : [];
        });
        batches.push(...recorder.drain());
        const sum = (of: (batch: (typeof batches)[number]) => number): number =>
          batches.reduce((total, batch) => total + of(batch), 0);
        expect(sum(({ requests }) => requests)).toBe(all.length);
        expect(sum(({ errors }) => errors)).toBe(all.filter(({ how }) => how === 'failed').length);
        expect(sum(({ aborted }) => aborted)).toBe(all.filter(({ how }) => how === 'aborted').length);
        expect(sum(({ latency }) => sketchCount(latency))).toBe(all.filter(({ ms }) => ms !== null).length);
        const stored: unknown = JSON.parse(JSON.stringify({ operations: [], requests: batches }));
        expect(parseTelemetryBatch(stored)?.requests ?? []).toEqual(batches);
      }),
    );
  });

  it('take a bounded memory, whatever callers and applications make up', () => {
    const recorder = new RequestRecorder();
    for (let n = 0; n < 5_000; n += 1) {
      const met = Object.fromEntries(
        [0, 1, 2, 3, 4, 5].map((bit): [string, RequestSide] => [
          `r${bit}`,
          n & (1 << bit) ? 'control' : 'candidate',
        ]),
      );
      recorder.ended({ route: `GET /raw/${n % 700}/${'x'.repeat(500)}`, sides: met, how: 'answered', ms: 1 });
    }
    const batches = recorder.drain();
    expect(batches.length).toBeLessThanOrEqual(401);
    expect(new Set(batches.map(({ route }) => route)).size).toBeLessThanOrEqual(101);
    expect(Math.max(...batches.map(({ route }) => route.length))).toBeLessThanOrEqual(120);
    expect(batches.reduce((sum, { requests }) => sum + requests, 0)).toBe(5_000);
  });

  it('that are no numbers are no requests', () => {
    const broken = [
      { route: 'GET /a', sides: {}, requests: -1, errors: 0, latency: [] },
      { route: 'GET /a', sides: {}, requests: 1, errors: 'many', latency: [] },
      { route: 'GET /a', sides: {}, requests: 1, errors: 0, latency: ['x'] },
      null,
      'GET /a',
    ];
    expect(parseTelemetryBatch({ operations: [], requests: broken })?.requests).toBeUndefined();
    const odd = [{ route: 'GET /a', sides: { user: 'sideways' }, requests: 1, errors: 0, latency: [] }];
    expect(parseTelemetryBatch({ operations: [], requests: odd })?.requests).toMatchObject([{ sides: {} }]);
  });
});

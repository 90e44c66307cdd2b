import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, seededRandom, suggest, systemClock } from './index.ts';

describe('canonical JSON', () => {
  it('gives the same text whatever the order of keys, and reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: 1, a: { d: [], c: null } })).toBe('{"a":{"c":null,"d":[]},"b":1}');
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it('refuses numbers that JSON would silently turn into null', () => {
    expect(() => canonicalJson({ p95: Number.NaN })).toThrow('NaN');
    expect(() => canonicalJson([Infinity])).toThrow('Infinity');
  });
});

describe('suggestions', () => {
  it('finds the typo and leaves strangers alone', () => {
    expect(suggest('hodl', ['hold', 'gate', 'expose'])).toBe('hold');
    expect(suggest('USE_DRIZLE', ['use_drizzle', 'other'])).toBe('use_drizzle');
    expect(suggest('zebra', ['hold', 'gate'])).toBeUndefined();
  });
});

describe('the system clock', () => {
  it('sleeps not at all for nothing, and stops when told to', async () => {
    await systemClock.sleep(0);
    const abort = new AbortController();
    const sleeping = systemClock.sleep(60_000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(systemClock.sleep(60_000, abort.signal)).rejects.toThrow('enough');
  });
});

describe('the seeded generator', () => {
  it('repeats itself, and stays in [0, 1)', () => {
    const [a, b] = [seededRandom(7), seededRandom(7)];
    const values = Array.from({ length: 1_000 }, a);
    expect(values).toEqual(Array.from({ length: 1_000 }, b));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(values.reduce((sum, value) => sum + value) / 1_000).toBeCloseTo(0.5, 1);
  });
});

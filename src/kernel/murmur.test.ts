import fc from 'fast-check';
import oracle from 'murmurhash';
import { describe, expect, it } from 'vitest';
import { murmur3, murmur3After, murmur3Begin } from './murmur.ts';

describe('murmur3', () => {
  it('gives the published values', () => {
    // https://en.wikipedia.org/wiki/MurmurHash and the reference implementation's verification strings.
    expect(murmur3('', 0)).toBe(0);
    expect(murmur3('', 1)).toBe(0x514e28b7);
    expect(murmur3('', 0xffffffff)).toBe(0x81f16f39);
    expect(murmur3('test', 0)).toBe(0xba6bd213);
    expect(murmur3('test', 0x9747b28c)).toBe(0x704b81dc);
    expect(murmur3('Hello, world!', 0)).toBe(0xc0363e43);
    expect(murmur3('Hello, world!', 0x9747b28c)).toBe(0x24884cba);
    expect(murmur3('The quick brown fox jumps over the lazy dog', 0x9747b28c)).toBe(0x2fa826cd);
  });

  it('agrees with another implementation on any text, beyond ASCII too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat(), (text, seed) => {
        expect(murmur3(text, seed)).toBe(oracle.v3(new TextEncoder().encode(text), seed));
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives the same when it is begun with a prefix', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(text, text, fc.nat(), (prefix, rest, seed) => {
        // A pair that is torn apart is two halves to both parts, and one character to the whole.
        fc.pre(!/[\ud800-\udbff]$/.test(prefix) || !/^[\udc00-\udfff]/.test(rest));
        expect(murmur3After(murmur3Begin(prefix, seed), rest)).toBe(murmur3(prefix + rest, seed));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes a lone surrogate as the replacement character', () => {
    for (const text of ['\ud800', 'a\ud800b', '\udc00\ud800', 'x\udfff']) {
      expect(murmur3(text)).toBe(oracle.v3(new TextEncoder().encode(text), 0));
    }
  });
});

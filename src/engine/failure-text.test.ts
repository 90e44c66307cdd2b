import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureText } from './failure-text.ts';

describe('why a step failed', () => {
  it.each([
    [
      'check.js:3\n\nTypeError: no table\n    at error (/srv/app/check.js:3:1)\n\nNode.js v24\nexit 3',
      'TypeError: no table (exit 3)',
    ],
    ['checking\ncheckout answers 500\nexit 1', 'checkout answers 500 (exit 1)'],
    ['exit 1', 'exit 1'],
    ['still waiting\ntimed out after 1000ms', 'still waiting (timed out after 1000ms)'],
    ['latency.p95: 240 > 200\nfailed: 0', 'latency.p95: 240 > 200; failed: 0'],
    [
      'POST /deploy: 500, expected 200\n{"error":"busy"}',
      'POST /deploy: 500, expected 200; {"error":"busy"}',
    ],
    ['', 'it said nothing'],
  ])('of %j is %j', (output, text) => {
    expect(failureText(output)).toBe(text);
  });

  it('is one short line in which nothing is hidden, whatever was printed', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', ' ', '\n', '\r', '\u001B[2J', '\u009B', 'error', 'é'.repeat(90)),
        }),
        (output) => {
          for (const text of [failureText(output), failureText(`${output}\nexit 1`)]) {
            expect(text.length).toBeLessThanOrEqual(420);
            expect(text).not.toMatch(/\p{Cc}/u);
          }
        },
      ),
    );
  });
});

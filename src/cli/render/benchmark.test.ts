import { expect, it } from 'vitest';
import type { OperationResult } from '../benchmark/result.ts';
import { benchmarkText } from './benchmark.ts';

const plain = (_style: string, text: string): string => text;
const ratio = { value: 1.234, low: 1.1, high: 1.4 };
const measured: OperationResult = {
  name: 'customer.findWithAllOfTheirOrders',
  write: false,
  sides: {
    control: { calls: 2_000, medianMs: 0.0123, p95Ms: 1.5 },
    candidate: { calls: 2_000, medianMs: 0.0152, p95Ms: 1_900 },
  },
  ratio: { median: ratio, p95: { value: 1_267, low: 900, high: 2_000 } },
  against: { candidate: { median: ratio, p95: ratio } },
  verdict: 'insufficient',
  fault: null,
};
const hanging: OperationResult = {
  ...measured,
  name: 'customer.list',
  sides: {},
  ratio: null,
  against: null,
  fault: { kind: 'hangs', side: 'candidate', message: 'customer.list(1): no answer within 5000 ms' },
};

it('prints a table that fits 80 columns, and why an operation has no times', () => {
  const limits = { median: 1.2, p95: null };
  const text = benchmarkText(
    { operations: [measured, hanging], limits, notes: ['not measured: bike'], good: false },
    80,
    plain,
  );
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(text).toContain('12.3 µs');
  expect(text).toContain('1.9 s');
  expect(text).toMatch(/1\.23\s+1\.10 to 1\.40/);
  expect(text).toContain('✖ customer.list: candidate hangs; no times');
  expect(text).toContain('! not measured: bike');
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    'limit 1.2 of the median: 0 within it; not decided: customer.find',
  );
  // A fault has no row among the numbers.
  expect(text.match(/customer\.list/g)).toHaveLength(2);
});

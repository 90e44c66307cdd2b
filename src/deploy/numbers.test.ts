import { describe, expect, it } from 'vitest';
import { checkNumbers, lastJson } from './numbers.ts';

describe('the JSON that a command printed last', () => {
  it.each([
    ['{"p95":12}', { p95: 12 }],
    ['starting\n{"p95":1}\nrunning\n{"p95":2}\n', { p95: 2 }],
    ['{"p95":1}\ndone in 3 s\n', { p95: 1 }],
    ['warming up\n{\n  "latency": {\n    "p95": 3\n  }\n}\n', { latency: { p95: 3 } }],
    ['[{"p95":4}]', [{ p95: 4 }]],
  ])('is found in %j', (output, json) => {
    expect(lastJson(output)).toEqual(json);
  });

  it.each([[''], ['12'], ['{"p95":'], ['p95 12ms']])('is not found in %j', (output) => {
    expect(lastJson(output)).toBeUndefined();
  });
});

describe('numbers of a command', () => {
  const json = { latency: { p95: 180, 'p99.9': 400 }, runs: [{ errors: 0 }], name: 'load', none: null };
  const bound = (path: string, min: number | null, max: number | null) => ({ path, min, max });

  it.each([
    [bound('latency.p95', null, 200), true, 'latency.p95: 180'],
    [bound('latency.p95', null, 180), true, 'latency.p95: 180'],
    [bound('latency.p95', null, 179), false, 'latency.p95: 180 > 179'],
    [bound('latency.p95', 181, null), false, 'latency.p95: 180 < 181'],
    [bound('latency.p99.9', null, 500), true, 'latency.p99.9: 400'],
    [bound('runs.0.errors', null, 0), true, 'runs.0.errors: 0'],
    [bound('latency.p50', null, 200), false, 'latency.p50: missing is no number'],
    [bound('name', null, 200), false, 'name: "load" is no number'],
    [bound('none', 0, null), false, 'none: null is no number'],
    [bound('constructor', 0, null), false, 'constructor: missing is no number'],
  ])('are held against %j', (one, ok, output) => {
    expect(checkNumbers([one], json)).toEqual({ ok, output });
  });

  it('fail together when one does, and without any JSON', () => {
    const both = [bound('latency.p95', null, 1), bound('runs.0.errors', null, 0)];
    expect(checkNumbers(both, json)).toEqual({ ok: false, output: 'latency.p95: 180 > 1\nruns.0.errors: 0' });
    expect(checkNumbers(both, undefined).ok).toBe(false);
  });
});

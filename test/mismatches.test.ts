import { describe, expect, it } from 'vitest';
import { corpus } from '../bench/mismatch-corpus.ts';
import { cutover, diffy, score } from '../bench/mismatches.ts';

describe('the corpus of mismatches', () => {
  const scenarios = corpus();

  it.each(scenarios)('$name: what is wrong is reported, and nothing else', (scenario) => {
    const says = cutover(scenario);
    expect(says).toHaveLength(scenario.calls.length);
    const wrongly = says.filter((said, at) => said !== scenario.calls[at]?.isBug);
    expect(wrongly.length / says.length).toBeLessThanOrEqual(0.01);
  });

  it('has every class of calls: wrong, right and noisy ones', () => {
    const calls = scenarios.flatMap((scenario) => scenario.calls);
    const wrong = calls.filter(({ isBug }) => isBug).length;
    expect(wrong / calls.length).toBeGreaterThan(0.3);
    expect(wrong / calls.length).toBeLessThan(0.7);
    expect(corpus()).toEqual(scenarios);
  });

  it('is judged by scores that can be bad', () => {
    expect(score(scenarios, cutover).precision).toBeGreaterThan(0.99);
    expect(score(scenarios, cutover).recall).toBeGreaterThan(0.99);
    const all = score(scenarios, ({ calls }) => calls.map(() => true));
    expect(all.recall).toBe(1);
    expect(all.precision).toBeLessThan(0.7);
    expect(score(scenarios, ({ calls }) => calls.map(() => false))).toEqual({ precision: 1, recall: 0 });
    expect(score(scenarios, diffy).precision).toBeLessThan(0.99);
  });
});

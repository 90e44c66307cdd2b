import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUDGETS } from '../bench/budgets.ts';
import { figure, type Document, type Outcome } from '../bench/figure.ts';
import { median, nanosecondsOf, quantile } from '../bench/timing.ts';
import { overRounds, takeTurns } from '../bench/turns.ts';
import { runBench } from '../bench/run.ts';

const ROOT = join(import.meta.dirname, '..');
const ONE = { unit: 'ns', most: 100, source: 'the test' };

/** A benchmark `one` with a figure of this value. */
async function bench(value: number, ...args: readonly string[]) {
  const said = { out: '', error: '' };
  const outcome: Outcome = {
    figures: [figure('figure', value, [{ name: 'peer', value: 1_234.567 }])],
    missing: [{ name: 'another', why: 'not here' }],
  };
  const code = await runBench(
    args,
    { one: async () => ({ default: async () => outcome }) },
    { one: { figure: ONE } },
    { out: (text) => (said.out += text), error: (text) => (said.error += text) },
  );
  return { code, ...said };
}

describe('the benchmarks', () => {
  it('print one document, and end with 3 when a budget does not hold', async () => {
    const held = await bench(99.96, 'one', '--json');
    expect(held.code).toBe(0);
    expect(JSON.parse(held.out)).toEqual({
      name: 'one',
      figures: [
        {
          name: 'figure',
          value: 100,
          unit: 'ns',
          budget: 100,
          holds: true,
          spread: null,
          peers: [{ name: 'peer', value: 1_230 }],
        },
      ],
      missing: [{ name: 'another', why: 'not here' }],
    } satisfies Document);
    expect((await bench(100.1, 'one')).code).toBe(3);
    expect((await bench(Number.NaN, 'one')).code).toBe(3);
    const shown = (await bench(101, 'one')).out;
    expect(shown).toContain('✖ figure: 101 ns (at most 100)');
    expect(shown).toContain('? another is missing: not here');
  });

  it('name themselves to who asks for another', async () => {
    for (const args of [[], ['ohne'], ['one', 'two'], ['one', '--jsno']]) {
      const { code, out, error } = await bench(1, ...args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(error).toContain('names: one');
    }
    expect((await bench(1, 'oen')).error).toContain('did you mean "one"');
  });

  it('are reached by npm, each with a file and with budgets for all of its figures', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'bench/main.ts')], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    const [, names = ''] = /names: (.*)/.exec(stderr) ?? [];
    expect(names.split(', ')).toEqual(Object.keys(BUDGETS));
    for (const [name, budgets] of Object.entries(BUDGETS)) {
      const text = readFileSync(join(ROOT, 'bench', `${name}.ts`), 'utf8');
      const printed = [...text.matchAll(/\bfigure\(\s*'([^']+)'/g)].map(([, figure]) => figure ?? '');
      expect(printed.toSorted()).toEqual(Object.keys(budgets).toSorted());
    }
  });

  it('print no line that is wider than 80 columns, whatever npm says', async () => {
    const print = { out: '', error: '' };
    for (const [name, budgets] of Object.entries(BUDGETS)) {
      const figures = Object.keys(budgets).map((one) =>
        figure(one, 99_900.1, [{ name: 'floor in an AsyncLocalStorage, 8 calls', value: 99_900.1 }]),
      );
      const missing = [{ name: 'LaunchDarkly Migration.read', why: 'npm ci failed: '.repeat(20) }];
      const benchmarks = { [name]: async () => ({ default: async () => ({ figures, missing }) }) };
      await runBench([name], benchmarks, BUDGETS, {
        out: (text) => (print.out += `${text}\n`),
        error: (text) => (print.error += text),
      });
    }
    expect(print.out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(print.error).toBe('');
  });

  it('see a difference', async () => {
    const spin = (times: number) => (operations: number) => {
      let sum = 0;
      for (let n = 0; n < operations * times; n += 1) sum += Math.sqrt(n);
      return sum;
    };
    const effort = { warmUpMs: 60, batchMs: 10, batches: 9 };
    const one = await nanosecondsOf({ run: spin(20) }, effort);
    const ten = await nanosecondsOf({ run: spin(200) }, effort);
    expect(ten / one).toBeGreaterThan(4);
    await expect(nanosecondsOf({ run: () => undefined }, effort)).rejects.toThrow('has to return');
    expect(median([3, 1, 2])).toBe(2);
    expect(quantile([1, 2, 3, 4], 0.99)).toBe(4);
  });

  it('measure each case in a process of its own, and say why one cannot be', async () => {
    const times = await takeTurns('route', ['bare await', 'without a key'], [], 1);
    expect(times.missing).toEqual([]);
    expect(times.of('bare await')).toHaveLength(1);
    const [bare = Number.NaN] = times.of('bare await');
    expect(times.of('without a key')[0]).toBeGreaterThan(bare);
    await expect(takeTurns('route', ['nothing'], [], 1)).rejects.toThrow('has no case "nothing"');
  });

  it('compare within a round, and tell how far the rounds are apart', () => {
    const slowMachineInTheMiddle = [
      [10, 20, 10],
      [20, 40, 22],
    ];
    expect(overRounds(slowMachineInTheMiddle, (one = 0, other = 0) => other / one)).toEqual({
      value: 2,
      from: 2,
      to: 2.2,
    });
    expect(overRounds([[1], []], (one = 0) => one).value).toBeNaN();
  });
});

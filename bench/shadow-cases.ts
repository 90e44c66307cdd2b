import { capture, compareAnswers, compareRules, type Captured } from '../src/compare/index.ts';
import { createCutover } from '../src/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { shadow } from '../src/shadow/index.ts';
import { memorySource } from './memory-source.ts';
import type { Case } from './timing.ts';

/** A machine that is this slow measures nothing. Milliseconds. */
const LONGEST_WAVE_MS = 2_000;

export const ROUTED_ROW = 'routed, a row';
export const SHADOW_ON = 'routed and in the shadow, a row';
export const COMPARED = 'candidate, clone and comparison by hand';

type Row = { readonly id: number; readonly name: string; readonly total: number; readonly at: Date };
type Rows = { find(id: number): Promise<Row> };
/** So many calls come before anything of the shadow has its turn, as on a busy server. */
const WAVE = 200;

function rows(asked: () => void): Rows {
  return {
    find: async (id) => {
      asked();
      return { id, name: 'Ana', total: 12.5, at: new Date(1_750_000_000_000) };
    },
  };
}

/** @param ended how many shadows have been asked for; a wave is over when there are as many as calls */
function inWaves(call: (id: number) => Promise<unknown>, ended: () => number, check: () => void): Case {
  let called = 0;
  return {
    check,
    run: async (operations) => {
      for (let left = operations; left > 0; left -= WAVE) {
        const wave = Math.min(left, WAVE);
        for (let n = 0; n < wave; n += 1) await call(n);
        called += wave;
        const began = systemClock.monotonic();
        do await systemClock.sleep(2);
        while (ended() < called && systemClock.monotonic() - began < LONGEST_WAVE_MS);
        if (ended() < called) throw new Error(`of ${called} calls ${ended()} were asked in the shadow`);
      }
      return called;
    },
  };
}

function application(isShadowed: boolean): Case {
  let asked = 0;
  const { source, agent } = memorySource(isShadowed ? { shadow: { all: 10_000, repositories: {} } } : {});
  const options = isShadowed ? { shadow: shadow({ inFlight: WAVE, twice: 0 }) } : {};
  const cutover = createCutover({ id: 'bench', repositories: { row: {} } }, { source, ...options });
  let calls = 0;
  const users = cutover.repository('row', {
    control: rows(() => {}),
    candidate: rows(() => (asked += 1)),
    reads: ['find'],
  });
  const call = (id: number): Promise<Row> => {
    calls += 1;
    return users.find(id);
  };
  return inWaves(
    call,
    () => (isShadowed ? asked : calls),
    () => {
      const states = agent().drain().shadow?.[0]?.states ?? {};
      // Every call, and every one alike: else something cheaper was measured.
      if (isShadowed && states.match !== calls)
        throw new Error(`of ${calls} calls ended ${JSON.stringify(states)}`);
    },
  );
}

/** What nobody can do without: the caller's answer copied, the candidate asked in a later turn, both compared. */
function byHand(): Case {
  const [control, candidate] = [rows(() => {}), rows(() => {})];
  const rules = compareRules('row.find', {});
  let waiting: { readonly id: number; readonly seen: Captured }[] = [];
  let compared = 0;
  return {
    run: async (operations) => {
      for (let left = operations; left > 0; left -= WAVE) {
        for (let id = 0; id < Math.min(left, WAVE); id += 1)
          waiting.push({ id, seen: capture(await control.find(id)) });
        await systemClock.sleep(2);
        const wave = waiting;
        waiting = [];
        for (const { id, seen } of wave) {
          const other = capture(await candidate.find(id));
          if (compareAnswers(seen, other, rules).length === 0) compared += 1;
        }
      }
      return compared;
    },
  };
}

/** A wave is mostly waiting: in the time that others warm up in, nothing would be compiled here. */
async function warm(one: Case): Promise<Case> {
  await one.run(30_000);
  return one;
}

export const SHADOW_CASES: Readonly<Record<string, () => Promise<Case>>> = {
  [ROUTED_ROW]: () => warm(application(false)),
  [SHADOW_ON]: () => warm(application(true)),
  [COMPARED]: () => warm(byHand()),
};

import { judgeRow, NO_MEMORY, ROLLBACK_ALPHA, type RowMeasure, type RowMemory } from '../src/gate/index.ts';
import { seededRandom, type Random } from '../src/kernel/index.ts';
import { measureOf, type Kind } from './gate-run.ts';
import { LOOK_MS, world, type Fault, type Seen, type Shape } from './worlds.ts';

/** What each look of a run measured, as its log would have it: numbers that went through JSON. */
export function recordedLooks(kind: Kind, shape: Shape, fault: Fault, looks: number): readonly RowMeasure[] {
  const recorded: RowMeasure[] = [];
  let window: readonly Seen[] = [];
  for (const seen of world(shape, seededRandom(1), fault)) {
    window = [...window, seen].slice(-6);
    recorded.push(measureOf(kind, window));
    if (recorded.length === looks) break;
  }
  return JSON.parse(JSON.stringify(recorded)) as readonly RowMeasure[];
}

/** Whether looks like these take the candidate back. Each counts as beyond the limit now, so that the evidence alone decides. */
export function isRed({ row, metric }: Kind, looks: readonly RowMeasure[]): boolean {
  const rules = { maxAgeMs: LOOK_MS, alpha: ROLLBACK_ALPHA, needsFine: true };
  let memory: RowMemory = NO_MEMORY;
  return looks.some((look) => {
    const result = judgeRow(row, metric, { ...look, value: 1, reference: 0.01 }, memory, rules);
    memory = result.memory;
    return result.verdict === 'fail';
  });
}

/** The same calls and failures, of which any may have been the candidate's: what identical code could have shown. */
export function shuffled(look: RowMeasure, random: Random): RowMeasure {
  if (look.counts === undefined || look.counts === null) return look;
  const strata = look.counts.strata.map(({ candidate, control }) => {
    const all = candidate.red + control.red;
    const mine = drawn(all, candidate.calls, candidate.calls + control.calls, random);
    return {
      candidate: { ...candidate, red: mine, yellow: mine },
      control: { ...control, red: all - mine, yellow: all - mine },
    };
  });
  return { ...look, counts: { ...look.counts, strata } };
}

/** How many of so many drawn without putting back are among the first `mine` of `calls`. */
function drawn(hits: number, mine: number, calls: number, random: Random): number {
  let left = mine;
  for (let hit = 0; hit < hits; hit += 1) if (random() * (calls - hit) < left) left -= 1;
  return mine - left;
}

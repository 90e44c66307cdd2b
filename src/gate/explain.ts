import type { Metric, Row } from '../plan/index.ts';
import { FINE_ALPHA, hasEvidence } from './alpha.ts';
import { worth } from './capital.ts';
import { hasControl } from './evidence.ts';
import { judgeRow, type JudgeRules, type RowMeasure, type RowMemory } from './judge.ts';

/** What stands behind a row's verdict, and what would change it. */
export type Explanation = {
  /** `looks` for what is only measured, and is weaker for it. */
  readonly by: 'evidence' | 'looks';
  /** What is counted. What browsers say of pages can be forged. */
  readonly counts: 'calls' | 'requests' | 'pages';
  /** How many times over the bets were won; `null` where control serves too little to be compared with. */
  readonly evidence: {
    readonly needed: number;
    readonly beyond: number;
    readonly worseThanControl: number | null;
    readonly fine: number;
    readonly fineNeeded: number;
  } | null;
  /** How many calls beyond the limit in one look like the last would make it red; `null` if it is, or if all would not do. */
  readonly redByHits: { readonly hits: number; readonly of: number } | null;
  /** After how many more looks like the last it would be green; `null` if not within a day of looks every ten seconds. */
  readonly greenAfterLooks: number | null;
};

const MOST_LOOKS = 8_640;

/** Asks the judge itself: what it would say of other looks. Pure. */
export function explainRow(
  row: Row,
  metric: Metric,
  measure: RowMeasure,
  memory: RowMemory,
  rules: JudgeRules,
): Explanation {
  const { evidence } = memory;
  const byEvidence = hasEvidence(metric) && evidence !== undefined;
  return {
    by: byEvidence ? 'evidence' : 'looks',
    counts: ('of' in metric ? metric.of : undefined) ?? 'calls',
    evidence: byEvidence
      ? {
          needed: 1 / rules.alpha,
          beyond: worth(evidence.beyond),
          worseThanControl: evidence.isCompared && hasControl(evidence) ? worth(evidence.worse) : null,
          fine: worth(evidence.fine),
          fineNeeded: 1 / FINE_ALPHA,
        }
      : null,
    redByHits: redByHits(row, metric, measure, memory, rules),
    greenAfterLooks: greenAfterLooks(row, metric, measure, memory, rules),
  };
}

function redByHits(
  row: Row,
  metric: Metric,
  measure: RowMeasure,
  memory: RowMemory,
  rules: JudgeRules,
): Explanation['redByHits'] {
  const { counts } = measure;
  const [first, ...others] = counts?.strata ?? [];
  if (counts === undefined || counts === null || first === undefined) return null;
  const of = first.candidate.calls;
  const isRed = (hits: number): boolean => {
    const candidate = { ...first.candidate, red: hits, yellow: hits };
    const strata = [{ ...first, candidate }, ...others];
    const value =
      row.against === 'value' || measure.reference === null ? 1e12 : measure.reference * 1e6 + 1e6;
    const look = { ...measure, value, ageMs: 0, counts: { ...counts, strata } };
    return judgeRow(row, metric, look, memory, rules).verdict === 'fail';
  };
  if (of === 0 || isRed(0) || !isRed(of)) return null;
  let [low, high] = [0, of];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isRed(middle)) high = middle;
    else low = middle + 1;
  }
  return { hits: low, of };
}

function greenAfterLooks(
  row: Row,
  metric: Metric,
  measure: RowMeasure,
  memory: RowMemory,
  rules: JudgeRules,
): number | null {
  if (memory.shown === 'green') return 0;
  let remembered = memory;
  for (let look = 1; look <= MOST_LOOKS; look += 1) {
    const result = judgeRow(row, metric, measure, remembered, rules);
    if (result.colour === 'green') return look;
    if (result.colour === 'none') return null;
    remembered = result.memory;
  }
  return null;
}

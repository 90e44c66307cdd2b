import { formatMeasure } from './format.ts';
import type { Metric, Row } from '../plan/index.ts';

/**
 * What one look saw for one row. It goes into the log as it is, so that the verdict can be computed again without
 * the telemetry. `null` is "not known", never zero.
 */
export type RowMeasure = {
  /** The candidate's measure in the metric's base unit (an hour for `against: 'hour'`). */
  readonly value: number | null;
  /** What it is compared with, for `against: 'control' | 'baseline'`. */
  readonly reference: number | null;
  /** Where the reference is from. `frozen` is control as last seen before it stopped serving: weaker evidence. */
  readonly referenceKind: 'control' | 'frozen' | 'baseline' | null;
  readonly samples: number;
  readonly referenceSamples: number;
  /** Age of the newest telemetry, or how long the first has been waited for; milliseconds. */
  readonly ageMs: number;
};

/** What a row remembers from look to look. A sequential test keeps its evidence here; nothing else knows the shape. */
export type RowMemory = {
  /** Looks in a row beyond the red limit. */
  readonly beyond: number;
};

export const NO_MEMORY: RowMemory = { beyond: 0 };

export type Verdict = 'pass' | 'fail' | 'insufficient' | 'stale';
export type Colour = 'green' | 'yellow' | 'red' | 'none';

export type RowResult = {
  readonly title: string;
  readonly verdict: Verdict;
  /** `none` when there is nothing to colour. */
  readonly colour: Colour;
  /** What was compared with the limits: the value, its relative change or its growth an hour. */
  readonly compared: number | null;
  readonly reason: string;
  readonly memory: RowMemory;
};

/**
 * One row's verdict from what a look measured and what the row remembers. Pure: the same arguments give the same
 * result for ever, which is what `cutover replay` rests on.
 */
export function judgeRow(
  row: Row,
  metric: Metric,
  measure: RowMeasure,
  memory: RowMemory,
  maxAgeMs: number,
): RowResult {
  const unknown = whyUnknown(row, measure, maxAgeMs);
  if (unknown !== undefined) return { title: row.title, colour: 'none', compared: null, memory, ...unknown };
  const { compared, change } = compare(row, measure);
  const small = Math.abs(change) < row.minChange;
  const beyond = !small && compared > row.red ? memory.beyond + 1 : 0;
  const say = (text: string): string => `${formatMeasure(row, metric, compared)} ${text}`;
  const result = (verdict: Verdict, colour: Colour, reason: string): RowResult => ({
    title: row.title,
    verdict,
    colour,
    compared,
    reason,
    memory: { beyond },
  });
  const red = formatMeasure(row, metric, row.red);
  if (beyond >= row.looks)
    return result('fail', 'red', say(`> ${red}${beyond === 1 ? '' : `, ${beyond} looks in a row`}`));
  if (beyond > 0) return result('insufficient', 'yellow', say(`> ${red}, look ${beyond} of ${row.looks}`));
  if (!small && row.yellow < row.red && compared >= row.yellow) {
    return result('insufficient', 'yellow', say(`>= ${formatMeasure(row, metric, row.yellow)}`));
  }
  return result(
    'pass',
    'green',
    say(small && compared > row.yellow ? 'is too small a change to count' : `<= ${red}`),
  );
}

function whyUnknown(
  row: Row,
  measure: RowMeasure,
  maxAgeMs: number,
): { readonly verdict: 'insufficient' | 'stale'; readonly reason: string } | undefined {
  const no = (reason: string) => ({ verdict: 'insufficient', reason }) as const;
  const { ageMs, value, samples, reference, referenceSamples } = measure;
  if (ageMs > maxAgeMs)
    return { verdict: 'stale', reason: `last telemetry ${Math.round(ageMs)}ms ago, limit ${maxAgeMs}ms` };
  if (samples < row.minSamples) return no(`${samples} of ${row.minSamples} samples`);
  if (value === null || !Number.isFinite(value)) return no('not measured');
  if (row.against !== 'control' && row.against !== 'baseline') return undefined;
  if (reference === null || !Number.isFinite(reference)) return no(`no ${row.against} to compare with`);
  if (row.against === 'control' && referenceSamples < row.minSamples) {
    return no(`${referenceSamples} of ${row.minSamples} control samples`);
  }
  if (reference === 0 && value !== 0) return no(`${row.against} is 0: a relative change says nothing`);
  return undefined;
}

/** Called only when every number that is needed is there. */
function compare(row: Row, measure: RowMeasure): { readonly compared: number; readonly change: number } {
  const value = measure.value ?? 0;
  if (row.against === 'value' || row.against === 'hour')
    return { compared: value, change: Math.max(Math.abs(value), row.minChange) };
  const reference = measure.reference ?? 0;
  const change = value - reference;
  return { compared: reference === 0 ? 0 : change / reference, change };
}

export type GateResult = {
  readonly verdict: Verdict;
  /** What red asks for; `null` when nothing is red. The strongest wins. */
  readonly action: 'rollback' | 'pause' | null;
  /** Titles of rows that are red and only to be investigated. They keep the gate from passing. */
  readonly investigate: readonly string[];
};

/** Whether another red row on the same metric comes before this one in the plan's precedence. */
function isOverruled(row: Row, reds: readonly Row[], precedence: readonly string[]): boolean {
  const place = precedence.indexOf(row.title);
  return reds.some((other) => {
    const before = precedence.indexOf(other.title);
    return other.metric === row.metric && before >= 0 && before < place;
  });
}

/** A gate from its rows: red before stale before insufficient before pass. A gate without rows passes nothing. */
export function judgeGate(
  rows: readonly Row[],
  results: readonly RowResult[],
  precedence: readonly string[] = [],
): GateResult {
  const reds = rows.filter((_, index) => results[index]?.verdict === 'fail');
  const speaking = reds.filter((row) => row.onRed === 'investigate' || isOverruled(row, reds, precedence));
  const investigate = speaking.map(({ title }) => title);
  const acting = reds.filter((row) => !speaking.includes(row));
  if (acting.length > 0) {
    return {
      verdict: 'fail',
      action: acting.some(({ onRed }) => onRed === 'rollback') ? 'rollback' : 'pause',
      investigate,
    };
  }
  const has = (verdict: Verdict): boolean => results.some((result) => result.verdict === verdict);
  if (has('stale')) return { verdict: 'stale', action: null, investigate };
  const passes =
    results.length === rows.length && rows.length > 0 && results.every(({ verdict }) => verdict === 'pass');
  return { verdict: passes ? 'pass' : 'insufficient', action: null, investigate };
}

import type { Metric, Row } from '../plan/index.ts';
import { FINE_ALPHA, hasEvidence, WARNING_ALPHA } from './alpha.ts';
import { worth } from './capital.ts';
import type { Counts } from './counts.ts';
import { gather, hasControl, NO_EVIDENCE, type RowEvidence } from './evidence.ts';
import { formatMeasure } from './format.ts';

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
  /** What happened since the look before, for what is counted in calls; `null` while limits are not known yet. */
  readonly counts?: Counts | null;
  /** Of a gauge: the instance whose own measure is the highest. Absent where there is none. */
  readonly worst?: string;
  /** Of a growth, or of a gauge against its baseline: where it lies with 95 % confidence. Absent in a log from before. */
  readonly range?: readonly [low: number, high: number];
  /** Of a probe: what the last failure said. Of what somebody else measures: why there is no data. */
  readonly said?: string;
  /** Number of the answer that this is from: one that is looked at twice was still given once. */
  readonly answer?: number;
};

/** What a row remembers from look to look; nothing outside this folder knows the shape. */
export type RowMemory = {
  /** Looks in a row beyond the red limit. */
  readonly beyond: number;
  /** The answer that was judged last. */
  readonly answer?: number;
  /** The colour that was shown last, and looks in a row that were green since. */
  readonly shown?: Colour;
  readonly better?: number;
  readonly evidence?: RowEvidence;
};

export const NO_MEMORY: RowMemory = { beyond: 0 };

export type Verdict = 'pass' | 'fail' | 'insufficient' | 'stale';
export type Colour = 'green' | 'yellow' | 'red' | 'none';

/** What a run decides by, for all of its looks. */
export type JudgeRules = {
  /** Telemetry older than this is stale, milliseconds. */
  readonly maxAgeMs: number;
  /** Probability of a false alarm that is left for this row. */
  readonly alpha: number;
  /** Whether green needs evidence that the red limit is kept. A rehearsal is too short for any. */
  readonly needsFine: boolean;
};

export type RowResult = {
  readonly title: string;
  readonly verdict: Verdict;
  /** `none` when there is nothing to colour. */
  readonly colour: Colour;
  /** What was compared with the limits: the value, its relative change or its growth an hour. */
  readonly compared: number | null;
  readonly reason: string;
  /** Red, and control is as bad: going back may not help, so a person decides. */
  readonly asks?: true;
  readonly memory: RowMemory;
};

type Said = Pick<RowResult, 'verdict' | 'colour' | 'reason' | 'asks'>;

/**
 * One row's verdict from what a look measured and what the row remembers. Pure: the same arguments give the same
 * result for ever, which is what `cutover replay` rests on.
 *
 * What calls are counted for is red by evidence: beyond the limit, and the bets against "it is within" have won enough.
 * What is only measured (a gauge, a counter) is red after enough looks in a row.
 */
export function judgeRow(
  row: Row,
  metric: Metric,
  measure: RowMeasure,
  memory: RowMemory,
  rules: JudgeRules,
): RowResult {
  const byEvidence = hasEvidence(metric) && measure.counts !== undefined;
  const evidence = byEvidence
    ? gather(row, metric, measure, memory.evidence ?? NO_EVIDENCE, rules.alpha)
    : undefined;
  const unknown = whyUnknown(row, measure, rules.maxAgeMs);
  const { compared, change } = compare(row, measure);
  const small = Math.abs(change) < row.minChange;
  const isOver = !small && compared > row.red;
  // A growth or a change that may as well be noise is not beyond anything.
  const isBeyond = isOver && (rangeOf(row, measure)?.[0] ?? compared) > row.red;
  const { answer } = measure;
  const isAgain = answer !== undefined && answer === memory.answer;
  const more = Math.max(1, memory.beyond + (isAgain ? 0 : 1));
  const beyond = unknown === undefined ? (isBeyond ? more : 0) : memory.beyond;
  const note = measure.said === undefined ? '' : `; ${measure.said}`;
  const seen: Seen = { row, metric, compared, small, isBeyond, beyond, note };
  const proof = evidence === undefined ? undefined : proofOf(evidence, rules.alpha);
  const isProven = proof !== undefined && proof.isProven && isBeyond && measure.ageMs <= rules.maxAgeMs;
  const said =
    unknown !== undefined && !isProven
      ? { colour: 'none' as const, ...unknown }
      : proof === undefined
        ? weaker(isOver && !isBeyond ? uncertain(seen, measure) : byLooks(seen), metric, measure)
        : byProof(seen, proof, rules);
  const calm = settle(said, memory);
  return {
    title: row.title,
    compared: unknown !== undefined && !isProven ? null : finiteOrNull(compared),
    ...calm.said,
    memory: {
      beyond,
      ...calm.memory,
      ...(answer === undefined ? {} : { answer }),
      ...(evidence === undefined ? {} : { evidence }),
    },
  };
}

type Seen = {
  readonly row: Row;
  readonly metric: Metric;
  readonly compared: number;
  readonly small: boolean;
  readonly isBeyond: boolean;
  readonly beyond: number;
  /** What is said of a red row behind its numbers. */
  readonly note: string;
};

/** Without counts: so many looks in a row beyond the limit. */
function byLooks(seen: Seen): Said {
  const { row, beyond } = seen;
  const red = limitText(seen, row.red);
  if (beyond >= row.looks)
    return said(
      'fail',
      'red',
      seen,
      `> ${red}${beyond === 1 ? '' : `, ${beyond} looks in a row`}${seen.note}`,
    );
  if (beyond > 0) return said('insufficient', 'yellow', seen, `> ${red}, look ${beyond} of ${row.looks}`);
  return below(seen);
}

function uncertain(seen: Seen, measure: RowMeasure): Said {
  const [low, high] = (rangeOf(seen.row, measure) ?? []).map((at) => limitText(seen, at));
  const text = `> ${limitText(seen, seen.row.red)}, and lies between ${low} and ${high} with 95 % confidence`;
  return said('insufficient', 'yellow', seen, text);
}

/** What is measured of processes says less than what is counted of calls, and whoever reads it is told. */
function weaker(said: Said, { kind }: Metric, { referenceKind }: RowMeasure): Said {
  if (kind !== 'gauge' || said.colour === 'green') return said;
  const group = referenceKind === 'control' ? '' : ', without a control group';
  return { ...said, reason: `${said.reason}; weaker evidence: of processes, by looks in a row${group}` };
}

/** How much the bets of a row have won, and how much they need. */
type Proof = {
  readonly beyond: number;
  readonly worse: number | null;
  readonly warning: number;
  readonly fine: number;
  readonly needed: number;
  readonly isProven: boolean;
};

function proofOf(evidence: RowEvidence, alpha: number): Proof {
  const needed = 1 / alpha;
  const beyond = worth(evidence.beyond);
  const worse = evidence.isCompared && hasControl(evidence) ? worth(evidence.worse) : null;
  const isProven = beyond >= needed && (worse === null || worse >= needed);
  return { beyond, worse, warning: worth(evidence.warning), fine: worth(evidence.fine), needed, isProven };
}

/** So many times the looks of a row, both sides have to be beyond the limit before a person is asked. */
const TOGETHER = 10;

function byProof(seen: Seen, proof: Proof, rules: JudgeRules): Said {
  const { row, isBeyond, beyond } = seen;
  const red = limitText(seen, row.red);
  if (isBeyond && proof.isProven) return said('fail', 'red', seen, `> ${red}, ${told(proof)}`);
  if (isBeyond && proof.beyond >= proof.needed) {
    const both = `> ${red}, and control is no better`;
    return beyond >= row.looks * TOGETHER
      ? { ...said('fail', 'red', seen, `${both} for ${beyond} looks: a person decides`), asks: true }
      : said('insufficient', 'yellow', seen, both);
  }
  if (isBeyond) return said('insufficient', 'yellow', seen, `> ${red}, ${told(proof)}`);
  const level = below(seen);
  if (level.colour !== 'green') return level;
  if (proof.warning >= 1 / WARNING_ALPHA)
    return said(
      'insufficient',
      'yellow',
      seen,
      `now, but over the run beyond ${limitText(seen, Math.min(row.yellow, row.red))}`,
    );
  const enough = 1 / FINE_ALPHA;
  // That something never happens cannot be shown by any number of calls.
  const canBeShown = row.against !== 'value' || row.red > 0;
  if (rules.needsFine && canBeShown && proof.fine < enough)
    return said(
      'insufficient',
      'yellow',
      seen,
      `<= ${red}, evidence for it ${times(proof.fine)} (${times(enough)} needed)`,
    );
  return level;
}

function told({ beyond, worse, needed }: Proof): string {
  return `evidence ${times(Math.min(beyond, worse ?? Infinity))} (${times(needed)} needed)`;
}

function below(seen: Seen): Said {
  const { row, small, compared } = seen;
  if (!small && row.yellow < row.red && compared >= row.yellow)
    return said('insufficient', 'yellow', seen, `>= ${limitText(seen, row.yellow)}`);
  const isSmall = small && compared > row.yellow;
  return said(
    'pass',
    'green',
    seen,
    isSmall ? 'is too small a change to count' : `<= ${limitText(seen, row.red)}`,
  );
}

function said(verdict: Verdict, colour: Colour, { row, metric, compared }: Seen, text: string): Said {
  return { verdict, colour, reason: `${formatMeasure(row, metric, finiteOrNull(compared))} ${text}` };
}

/** Limits are the same at every look. */
const LIMIT_TEXTS = new WeakMap<Row, Map<number, string>>();

function limitText({ row, metric }: Seen, limit: number): string {
  const texts = LIMIT_TEXTS.get(row) ?? new Map<number, string>();
  const known = texts.get(limit);
  if (known !== undefined) return known;
  const text = formatMeasure(row, metric, limit);
  LIMIT_TEXTS.set(row, texts.set(limit, text));
  return text;
}

function times(amount: number): string {
  return `${amount >= 100 ? amount.toFixed(0) : amount.toPrecision(2)}x`;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Worse is believed at once; green after yellow or red when it was seen so often in a row. */
const GREEN_LOOKS = 2;

/** A verdict does not flicker: what was yellow or red is yellow until two looks in a row were green. */
function settle(
  now: Said,
  { shown = 'none', better = 0 }: RowMemory,
): { readonly said: Said; readonly memory: Pick<RowMemory, 'shown' | 'better'> } {
  if (now.colour === 'none') return { said: now, memory: { shown, better } };
  const isCalming = now.colour === 'green' && (shown === 'yellow' || shown === 'red');
  if (!isCalming || better + 1 >= GREEN_LOOKS) return { said: now, memory: { shown: now.colour, better: 0 } };
  const reason = `${now.reason}; green for ${better + 1} of ${GREEN_LOOKS} looks`;
  return {
    said: { verdict: 'insufficient', colour: 'yellow', reason },
    memory: { shown, better: better + 1 },
  };
}

function whyUnknown(
  row: Row,
  measure: RowMeasure,
  maxAgeMs: number,
): { readonly verdict: 'insufficient' | 'stale'; readonly reason: string } | undefined {
  const note = measure.said === undefined ? '' : `; ${measure.said}`;
  const no = (reason: string) => ({ verdict: 'insufficient', reason: reason + note }) as const;
  const { ageMs, value, samples, reference, referenceSamples } = measure;
  if (ageMs > maxAgeMs)
    return {
      verdict: 'stale',
      reason: `last telemetry ${Math.round(ageMs)}ms ago, limit ${maxAgeMs}ms${note}`,
    };
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

/** What the limits are about. Means nothing while the row is unknown, but what is proven may not have to wait for samples. */
function compare(row: Row, measure: RowMeasure): { readonly compared: number; readonly change: number } {
  const value = measure.value ?? 0;
  if (row.against === 'value' || row.against === 'hour')
    return { compared: value, change: Math.max(Math.abs(value), row.minChange) };
  const reference = measure.reference ?? 0;
  const change = value - reference;
  if (reference === 0) return { compared: value > 0 ? Infinity : 0, change };
  return { compared: change / reference, change };
}

/** Where what is compared lies, in the unit of the limits. */
function rangeOf(row: Row, measure: RowMeasure): readonly number[] | undefined {
  return measure.range?.map((value) => compare(row, { ...measure, value }).compared);
}

/** Whether a look saw a row beyond its red limit, be it for the first time or long enough to be red. */
export function isBeyondRed(
  { red }: Pick<Row, 'red'>,
  { compared, colour, verdict }: Pick<RowResult, 'compared' | 'colour' | 'verdict'>,
): boolean {
  return verdict === 'fail' || (compared !== null && compared > red && colour !== 'green');
}

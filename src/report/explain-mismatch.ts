import {
  compareRules,
  DIFFERENCE_KINDS,
  ignoredBy,
  rulesBeside,
  type DifferenceKind,
  type IgnoreRule,
} from '../compare/index.ts';
import { dateText } from '../kernel/index.ts';
import type { ComparedBy } from '../measure/index.ts';
import type { Mismatch, Mismatches, ShadowedTotals } from './mismatch-sums.ts';

/** Why two answers are called different at one place, from what the store keeps. */
export type MismatchExplanation = {
  readonly group: Mismatch;
  /** The rule of the comparison that they broke, and what is known of this difference. */
  readonly because: readonly string[];
  /** What was taken for the same before anything was called different. */
  readonly normalised: readonly string[];
  readonly noise: string;
  /** Answers of this operation that were compared, and how many of them counted as different. */
  readonly answers: { readonly compared: number; readonly different: number };
  /** What it is ignored by; `null` when it counts. */
  readonly coveredBy: string | null;
  /** Rules of the application that name the place and do not cover it, each with why. */
  readonly notCoveredBy: readonly string[];
  /** Rules that would cover it, the narrowest first, and such as look as if they would. */
  readonly wouldCover: readonly IgnorePattern[];
  readonly wouldNotCover: readonly IgnorePattern[];
  /** Other places that differed in the call of the sample. */
  readonly together: readonly Mismatch[];
  /** To paste; the reason is for a person to write, and is refused while it is empty. */
  readonly ignore: IgnoreRule;
};

export type IgnorePattern = Pick<IgnoreRule, 'path' | 'kind'>;

/** How long a rule to paste holds, days: time to correct what it covers. */
const RULE_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * @param group one of `found`
 * @param by who asks, the owner of the rule to paste
 * @param now wall clock, milliseconds
 */
export function explainMismatch(
  group: Mismatch,
  found: Mismatches,
  by: string,
  now: number,
): MismatchExplanation {
  const totals = found.operations.find(
    ({ repository, operation }) => repository === group.repository && operation === group.operation,
  );
  const kind = kindOf(group);
  return {
    group,
    because: [ruleOf(group, totals?.rules), ...(group.note === undefined ? [] : [group.note])],
    normalised: normalisedBy(totals?.rules),
    noise: noiseOf(group),
    answers: comparedAnswers(totals),
    coveredBy: coveredBy(group),
    notCoveredBy: kind === undefined ? [] : besideOf(totals?.rules, { path: group.path, kind }, now),
    ...patternsFor(group, now),
    together: found.groups.filter((other) => isSameCall(group, other)),
    ignore: {
      path: group.path,
      ...(kind === undefined ? {} : { kind }),
      owner: by,
      reason: '',
      expires: dateText(Math.floor(now / DAY_MS) + RULE_DAYS),
    },
  };
}

/** What kind of a difference counts, in the words of the comparison. */
function ruleOf({ kind }: Mismatch, rules: ComparedBy | undefined): string {
  switch (kindOf({ kind })) {
    case 'missing':
      return 'control has it and the candidate has not; what only one side has is never the same';
    case 'extra':
      return 'the candidate has it and control has not; what only one side has is never the same';
    case 'value':
      return 'both sides have it, and the values are not the same';
    case 'order':
      return `the rows are the same and stand in another order, which this operation promises${orderText(rules)}`;
    case 'type':
      return 'the types are not the same, so that a caller can tell the answers apart even where the value is';
    case 'precision':
      return 'one side has fewer digits of the same value';
    case 'null-or-absent':
      return 'one side has null, the other undefined or no such key; a caller can tell them apart';
    case 'error-or-value':
      return 'one side answered and the other failed';
    case 'queries':
      return 'the answers may be the same, but the candidate sent more than twice as many queries, and one';
    case undefined:
      return `a difference of the kind "${kind}", which this version does not know`;
  }
}

function orderText(rules: ComparedBy | undefined): string {
  return Array.isArray(rules?.ordered) ? ` (by ${rules.ordered.join(', ')})` : '';
}

function normalisedBy(rules: ComparedBy | undefined): readonly string[] {
  const always =
    'not looked at: the class of a row, Buffer or bytes, -0 or 0, a key that is absent or undefined';
  if (rules === undefined)
    return [`${always}; the operation's own options were not reported by this instance`];
  const { key, same, ordered } = rules;
  const places = `rows are paired by ${key.join(', ')}, where they have it, and not by their place`;
  const order = Array.isArray(ordered)
    ? `their order counts by ${ordered.join(', ')}; rows that tie may swap`
    : `their order ${ordered === true ? 'counts' : 'does not count'}`;
  return [
    always,
    `${places}; ${order}`,
    same.length === 0
      ? 'no representation is taken for the same: the operation has no `same`'
      : `representations that the operation takes for the same: ${same.join(', ')}`,
  ];
}

function noiseOf({ noise, ignored }: Mismatch): string {
  if (noise === undefined) return 'not known: control was not asked twice yet';
  const rate = `control differs from itself here in ${percentOf(noise)} of the answers it gave twice`;
  if (ignored === 'noise') return `${rate}, and the candidate no more often: it does not count`;
  return noise === 0 ? rate : `${rate}; the candidate differs more often, so it counts`;
}

function percentOf(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}

/** Answers of which somebody can say whether they are the same. Transient ones were gone when both sides were asked once more. */
export function comparedAnswers(
  totals: Pick<ShadowedTotals, 'states'> | undefined,
): MismatchExplanation['answers'] {
  const { match = 0, mismatch = 0, failed = 0, ignored = 0, transient = 0 } = totals?.states ?? {};
  return { compared: match + mismatch + failed + ignored + transient, different: mismatch + failed };
}

function coveredBy({ ignored }: Mismatch): string | null {
  if (ignored === undefined) return null;
  if (ignored === 'noise') return 'noise';
  return ignored === 'order'
    ? 'an order that the operation does not promise'
    : `the ignore rule whose reason is "${ignored}"`;
}

/** Rules of a newer instance, which this version may not know, say nothing. */
function besideOf(
  rules: ComparedBy | undefined,
  difference: { readonly path: string; readonly kind: DifferenceKind },
  now: number,
): readonly string[] {
  const written = (rules?.ignore ?? []).flatMap(({ kind, ...rule }): readonly IgnoreRule[] => {
    const known = kindOf({ kind: kind ?? '' });
    return kind === undefined ? [rule] : known === undefined ? [] : [{ ...rule, kind: known }];
  });
  try {
    return rulesBeside(compareRules('', { ignore: written }), difference, now);
  } catch {
    return [];
  }
}

/** Said by the rules themselves, so that what is promised here is what happens there. */
function patternsFor(
  group: Mismatch,
  now: number,
): Pick<MismatchExplanation, 'wouldCover' | 'wouldNotCover'> {
  const { path, sample } = group;
  const kind = kindOf(group);
  if (kind === undefined) return { wouldCover: [], wouldNotCover: [] };
  const exact = sample?.at ?? path;
  const siblings = path.replace(/[^.[\]]+$/, '*');
  const withoutRows = path.replace(/^\[\]\.?/, '');
  const all = [
    { path, kind },
    { path },
    ...(siblings === path || path === '' ? [] : [{ path: siblings, kind }]),
    ...(exact === path ? [] : [{ path: exact }]),
    ...(withoutRows === path ? [] : [{ path: withoutRows }]),
    { path, kind: kind === 'value' ? ('type' as const) : ('value' as const) },
  ];
  const covers = (pattern: IgnorePattern): boolean => {
    const rule = { ...pattern, owner: 'x', reason: 'x', expires: '9999-12-31' };
    return ignoredBy(compareRules('', { ignore: [rule] }), { path, kind }, now) !== undefined;
  };
  return {
    wouldCover: all.filter(covers),
    wouldNotCover: all.filter((pattern) => !covers(pattern)),
  };
}

/** A sample is of one call; two groups with the same one were seen in it. */
function isSameCall(one: Mismatch, other: Mismatch): boolean {
  const [a, b] = [one.sample, other.sample];
  if (one === other || a === undefined || b === undefined) return false;
  const isOperation = one.repository === other.repository && one.operation === other.operation;
  return (
    isOperation &&
    a.controlMs === b.controlMs &&
    a.candidateMs === b.candidateMs &&
    a.served === b.served &&
    a.args.join('\n') === b.args.join('\n')
  );
}

/** `undefined` for a kind that a newer instance reports. */
function kindOf({ kind }: Pick<Mismatch, 'kind'>): DifferenceKind | undefined {
  return DIFFERENCE_KINDS.find((one) => one === kind);
}

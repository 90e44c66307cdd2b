import { CutoverError } from '../kernel/index.ts';
import { REPRESENTATIONS, type DifferenceKind, type Representation } from './difference.ts';
import type { Difference, DiffRules } from './diff.ts';
import { momentOf } from './moment.ts';

/**
 * A difference that somebody answers for until a day. Without `kind` any difference at that place is ignored.
 *
 * @example
 * { path: '[].updatedAt', kind: 'precision', owner: 'ana', reason: 'the column has seconds', expires: '2026-12-31' }
 */
export type IgnoreRule = {
  /** As a mismatch names it: `[].lines[].price`, `*` for one name, `**` at the end for all below. */
  readonly path: string;
  readonly kind?: DifferenceKind;
  readonly owner: string;
  readonly reason: string;
  /** The last day on which it holds, in UTC: `2026-12-31`. */
  readonly expires: string;
};

/** How the answers of one operation are compared. */
export type CompareOptions = {
  /**
   * Whether the operation promises an order of its rows. `true`: every row in its place. Names of columns: the order by
   * those, in which rows that tie may swap. An order that is not promised may differ. @default false
   */
  readonly ordered?: boolean | readonly string[];
  /** Columns that say which row a row is. @default ['id'] */
  readonly key?: readonly string[];
  /** Representations that the application takes for the same. @default none */
  readonly same?: readonly Representation[];
  readonly ignore?: readonly IgnoreRule[];
  /** Stands in for the comparison: whether two answers are the same. It is given copies. */
  readonly compare?: (control: unknown, candidate: unknown) => boolean;
};

export type CompareRules = DiffRules & {
  /** @property until milliseconds since 1970, not included */
  readonly ignore: readonly { readonly rule: IgnoreRule; readonly matches: RegExp; readonly until: number }[];
  readonly compare: CompareOptions['compare'];
};

/** As a day is written. */
const DAY = '2026-12-31';
const DAY_MS = 86_400_000;

/**
 * Options of an operation over those of its repository.
 *
 * @throws CutoverError `COMPARE_INVALID` for a representation that there is not, or a rule without owner, reason or day
 */
export function compareRules(where: string, ...options: readonly CompareOptions[]): CompareRules {
  const { ordered = false, key = ['id'], compare }: CompareOptions = Object.assign({}, ...options);
  const same = options.flatMap((one) => one.same ?? []);
  for (const name of same) {
    if (REPRESENTATIONS.includes(name)) continue;
    throw compareInvalid(`${where}: same has "${name}"`, `known: ${REPRESENTATIONS.join(', ')}`);
  }
  const ignore = options.flatMap((one) => one.ignore ?? []).map((rule) => ignoreRule(where, rule));
  return { ordered, key, same, ignore, compare };
}

function ignoreRule(where: string, rule: IgnoreRule): CompareRules['ignore'][number] {
  const { path, expires } = rule;
  const check = (isGood: boolean, wrong: string): void => {
    if (!isGood)
      throw compareInvalid(
        `${where}: the ignore rule for ${JSON.stringify(path)} ${wrong}`,
        `a rule has path, owner, reason, expires: '${DAY}'`,
      );
  };
  for (const part of ['path', 'owner', 'reason', 'expires'] as const)
    check(typeof rule[part] === 'string' && (part === 'path' || !!rule[part].trim()), `has no ${part}`);
  const day = expires.length === DAY.length ? (momentOf(expires)?.ms ?? 0) : 0;
  check(day > 0, `expires "${expires}", which is no day`);
  return { rule, matches: pathPattern(path), until: day + DAY_MS };
}

/** The rule that a difference is ignored by now. @param now wall clock, milliseconds */
export function ignoredBy(
  rules: CompareRules,
  difference: Pick<Difference, 'path' | 'kind'>,
  now: number,
): IgnoreRule | undefined {
  return rules.ignore.find(
    ({ rule: { kind = difference.kind }, matches, until }) =>
      now < until && kind === difference.kind && matches.test(difference.path),
  )?.rule;
}

/** Rules that name the place of a difference and do not cover it now, each with why. */
export function rulesBeside(
  rules: CompareRules,
  difference: Pick<Difference, 'path' | 'kind'>,
  now: number,
): readonly string[] {
  return rules.ignore.flatMap(({ rule: { path, kind, owner, expires }, matches, until }) => {
    if (!matches.test(difference.path)) return [];
    const isOther = kind !== undefined && kind !== difference.kind;
    const why = isOther ? `is for ${kind} alone` : now < until ? undefined : `expired on ${expires}`;
    return why === undefined ? [] : [`${JSON.stringify(path)} of ${owner} ${why}`];
  });
}

function pathPattern(path: string): RegExp {
  const pattern = path
    .replace(/[\\^$.|?+()[\]{}]/g, '\\$&')
    .replace(/\*+/g, (stars) => (stars === '*' ? '[^.[\\]]+' : '.*'));
  return new RegExp(`^${pattern}$`, 's');
}

export function compareInvalid(message: string, hint: string): CutoverError {
  return new CutoverError('COMPARE_INVALID', message, { hint });
}

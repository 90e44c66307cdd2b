import { capture } from './capture.ts';
import type { Contrast, Representation } from './difference.ts';
import { textOf } from './identity.ts';
import { pairByPlace, pairRows, type Pairing } from './pair.ts';
import { contrast } from './scalar.ts';
import { isList, isRecord, isSeenObject, type Seen, type SeenList, type SeenRecord } from './seen.ts';

/** What two answers are compared by. */
export type DiffRules = {
  /**
   * Whether the operation promises the order of its rows: not at all, wholly, or by these columns, within which rows
   * that tie may stand in any order.
   */
  readonly ordered: boolean | readonly string[];
  /** Columns that say which row a row is. */
  readonly key: readonly string[];
  readonly same: readonly Representation[];
};

export type Difference = Contrast & {
  /** Where, for all rows alike: `[].lines[].price`. Empty at the top. */
  readonly path: string;
  /** Where exactly: `[3].lines[0].price`. */
  readonly at: string;
  readonly control: Seen;
  readonly candidate: Seen;
  /** Rows stand in another order, and the operation promises none. */
  readonly isUnpromised?: boolean;
};

/** A key that is data and not a column, of a map by id: a path has `*` for it. */
const DATA_KEY = /^(\d+|[0-9a-f-]{16,})$/i;
const MOST_DIFFERENCES = 50;

/**
 * Every place where two answers differ, up to fifty, depth first, by what a database's values mean. What cannot be
 * looked into on either side, for the same reason, is no difference.
 */
export function diff(control: Seen, candidate: Seen, rules: DiffRules): readonly Difference[] {
  const walk = new Walk(rules);
  walk.compare(control, candidate);
  return walk.differences;
}

class Walk {
  readonly differences: Difference[] = [];
  readonly #rules: DiffRules;
  readonly #path: (string | number)[] = [];

  constructor(rules: DiffRules) {
    this.#rules = rules;
  }

  compare(control: Seen, candidate: Seen): void {
    if (isRecord(control) && isRecord(candidate)) return this.#records(control, candidate);
    if (isList(control) && isList(candidate) && control.is === candidate.is)
      return this.#lists(control, candidate);
    if (control === candidate || this.#json(control, candidate)) return;
    const found = contrast(control, candidate);
    if (found) this.#add(found, control, candidate);
  }

  #records(control: SeenRecord, candidate: SeenRecord): void {
    for (const [key, value] of control.of) this.#at(key, value, candidate.of.get(key));
    for (const [key, value] of candidate.of) {
      if (!control.of.has(key)) this.#at(key, undefined, value);
    }
  }

  #lists(control: SeenList, candidate: SeenList): void {
    const [one, other] = [control.of, candidate.of];
    const isSet = control.is === 'set';
    if (!isSet && sameInPlace(one, other)) return;
    // Values in a list inside a row are one value of it, an array; rows are what a query gave, in its order.
    const areRows = isSet || this.#path.length === 0 || [...one, ...other].some(isRecord);
    const { pairs, missing, extra } = areRows
      ? pairRows(one, other, this.#rules.key)
      : pairByPlace(one, other);
    for (const [here, there] of pairs) this.#at(here, one[here], other[there]);
    for (const at of missing) this.#at(at, one[at], undefined, { kind: 'missing' });
    for (const at of extra) this.#at(at, undefined, other[at], { kind: 'extra' });
    if (isSet || pairs.every(([, at], index) => at > (pairs[index - 1]?.[1] ?? -1))) return;
    this.#add({ kind: 'order' }, control, candidate, !isPromised(one, other, pairs, this.#rules.ordered));
  }

  /** @returns whether it was about JSON as text */
  #json(control: Seen, candidate: Seen): boolean {
    const [one, other] = [fromJson(control), fromJson(candidate)];
    const [left, right] = [one ?? control, other ?? candidate];
    if ((one ?? other) === undefined || !isSeenObject(left) || !isSeenObject(right)) return false;
    if (this.#rules.same.includes('json')) this.compare(left, right);
    else if (textOf(left) !== textOf(right)) return false;
    else this.#add({ kind: one && other ? 'value' : 'type', as: 'json' }, control, candidate);
    return true;
  }

  /** One place further down. @param found what is known of it */
  #at(key: string | number, control: Seen, candidate: Seen, found?: Contrast): void {
    this.#path.push(key);
    if (found) this.#add(found, control, candidate);
    else this.compare(control, candidate);
    this.#path.pop();
  }

  #add(found: Contrast, control: Seen, candidate: Seen, isUnpromised = false): void {
    if (found.as && this.#rules.same.includes(found.as)) return;
    if (this.differences.length >= MOST_DIFFERENCES) return;
    this.differences.push({
      ...found,
      path: this.#place(false),
      at: this.#place(true),
      control,
      candidate,
      isUnpromised,
    });
  }

  #place(isExact: boolean): string {
    const names = this.#path.map((part) =>
      typeof part === 'number'
        ? `[${isExact ? part : ''}]`
        : `.${!isExact && DATA_KEY.test(part) ? '*' : part}`,
    );
    return names.join('').replace(/^\./, '');
  }
}

function sameInPlace(control: readonly Seen[], candidate: readonly Seen[]): boolean {
  return (
    control.length === candidate.length && control.every((item, at) => textOf(item) === textOf(candidate[at]))
  );
}

/** Whether rows stand in another order than the operation promises; by columns, rows that tie may change places. */
function isPromised(
  control: readonly Seen[],
  candidate: readonly Seen[],
  pairs: Pairing['pairs'],
  ordered: DiffRules['ordered'],
): boolean {
  if (typeof ordered === 'boolean') return ordered;
  const rank = (row: Seen): string =>
    isRecord(row) ? ordered.map((name) => textOf(row.of.get(name))).join('\n') : textOf(row);
  const there = pairs.map(([, at]) => at).toSorted((a, b) => a - b);
  return pairs.some(([at], index) => rank(control[at]) !== rank(candidate[there[index] ?? 0]));
}

/** The value of a text that is a JSON object or list; `undefined` for everything else. */
function fromJson(value: Seen): Seen {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined;
  try {
    return capture(JSON.parse(value)).value;
  } catch {
    return undefined;
  }
}

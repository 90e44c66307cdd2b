import type { Contrast, Representation } from './difference.ts';
import { textOf } from './identity.ts';
import { capture } from './capture.ts';
import { isRecord, pairByPlace, pairRows } from './pair.ts';
import { contrast } from './scalar.ts';
import { isSeenObject, type Seen, type SeenList, type SeenRecord, type Unseen } from './seen.ts';

/** What two answers are compared by. */
export type DiffRules = {
  /**
   * Whether the operation promises the order of its rows: not at all, wholly, or by these columns, within which rows
   * that tie may stand in any order.
   */
  readonly ordered: boolean | readonly string[];
  /** Columns that say which row a row is. */
  readonly key: readonly string[];
  readonly same: ReadonlySet<Representation>;
};

export type Difference = Contrast & {
  /** Where, for all rows alike: `[].lines[].price`. Empty at the top. */
  readonly path: string;
  /** Where exactly: `[3].lines[0].price`. */
  readonly at: string;
  readonly control: Seen;
  readonly candidate: Seen;
  /** Rows stand in another order, and the operation promises none. */
  readonly isUnpromised?: true;
};

export type Diff = {
  readonly differences: readonly Difference[];
  /** There were more, which are not listed. */
  readonly isCut: boolean;
  /** Places where both sides have what cannot be looked into. */
  readonly unseen: readonly string[];
};

const MOST_DIFFERENCES = 50;
const MOST_UNSEEN = 10;

/** Every place where two answers differ, depth first, by what a database's values mean. */
export function diff(control: Seen, candidate: Seen, rules: DiffRules): Diff {
  const walk = new Walk(rules);
  walk.compare(control, candidate);
  return { differences: walk.found, isCut: walk.isCut, unseen: [...walk.unseen] };
}

class Walk {
  readonly found: Difference[] = [];
  readonly unseen = new Set<string>();
  isCut = false;
  readonly #rules: DiffRules;
  readonly #path: (string | number)[] = [];

  constructor(rules: DiffRules) {
    this.#rules = rules;
  }

  compare(control: Seen, candidate: Seen): void {
    if (isRecord(control) && isRecord(candidate)) return this.#records(control, candidate);
    if (isList(control) && isList(candidate)) return this.#lists(control, candidate);
    if (isUnseen(control) && isUnseen(candidate)) return this.#unseen(control, candidate);
    if (control === candidate || this.#json(control, candidate)) return;
    const found = contrast(control, candidate);
    if (found !== undefined) this.#add(found, control, candidate);
  }

  #records(control: SeenRecord, candidate: SeenRecord): void {
    for (const [key, value] of control.fields)
      this.#inside(key, () => this.compare(value, candidate.fields.get(key)));
    for (const [key, value] of candidate.fields) {
      if (!control.fields.has(key)) this.#inside(key, () => this.compare(undefined, value));
    }
  }

  #lists(control: SeenList, candidate: SeenList): void {
    if (control.of !== candidate.of)
      return this.#add({ kind: 'type', note: `${control.of} and ${candidate.of}` }, control, candidate);
    const isSet = control.of === 'set';
    if (!isSet && sameInPlace(control.items, candidate.items)) return;
    // Values in a list inside a row are one value of it, an array; rows are what a query gave, in its order.
    const areRows = isSet || this.#path.length === 0 || [...control.items, ...candidate.items].some(isRecord);
    const { pairs, missing, extra } = areRows
      ? pairRows(control.items, candidate.items, this.#rules.key)
      : pairByPlace(control.items, candidate.items);
    for (const [one, other] of pairs)
      this.#inside(one, () => this.compare(control.items[one], candidate.items[other]));
    for (const at of missing)
      this.#inside(at, () => this.#add({ kind: 'missing' }, control.items[at], undefined));
    for (const at of extra)
      this.#inside(at, () => this.#add({ kind: 'extra' }, undefined, candidate.items[at]));
    if (!isSet) this.#order(control, candidate, pairs);
  }

  #order(
    control: SeenList,
    candidate: SeenList,
    pairs: readonly (readonly [control: number, candidate: number])[],
  ): void {
    const isSorted = pairs.every(([, at], index) => index === 0 || at > (pairs[index - 1]?.[1] ?? -1));
    if (isSorted) return;
    const { ordered } = this.#rules;
    const promised =
      ordered !== false && !(Array.isArray(ordered) && sameSequence(control, candidate, pairs, ordered));
    this.#add({ kind: 'order' }, control, candidate, !promised);
  }

  #unseen(control: Unseen, candidate: Unseen): void {
    if (control.what !== candidate.what)
      this.#add({ kind: 'type', note: `${control.what} and ${candidate.what}` }, control, candidate);
    // The same circle on both sides was compared where it began.
    else if (!control.what.startsWith('the value') && this.unseen.size < MOST_UNSEEN)
      this.unseen.add(`${this.#generic() || 'the answer'}: ${control.what}`);
  }

  /** @returns whether it was about JSON as text */
  #json(control: Seen, candidate: Seen): boolean {
    const [one, other] = [fromJson(control), fromJson(candidate)];
    if (one === undefined && other === undefined) return false;
    const [left, right] = [one ?? control, other ?? candidate];
    if (!isSeenObject(left) || !isSeenObject(right)) return false;
    if (this.#rules.same.has('json')) {
      this.compare(left, right);
      return true;
    }
    if (textOf(left) !== textOf(right)) return false;
    const kind = one === undefined || other === undefined ? 'type' : 'value';
    this.#add({ kind, as: 'json', note: 'the same JSON in another form' }, control, candidate);
    return true;
  }

  #inside(key: string | number, look: () => void): void {
    this.#path.push(key);
    look();
    this.#path.pop();
  }

  #add(contrast: Contrast, control: Seen, candidate: Seen, isUnpromised = false): void {
    if (contrast.as !== undefined && this.#rules.same.has(contrast.as)) return;
    if (this.found.length >= MOST_DIFFERENCES) {
      this.isCut = true;
      return;
    }
    const exact = this.#path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
    this.found.push({
      ...contrast,
      path: this.#generic(),
      at: exact.replace(/^\./, ''),
      control,
      candidate,
      ...(isUnpromised ? { isUnpromised } : {}),
    });
  }

  #generic(): string {
    const parts = this.#path.map((part) =>
      typeof part === 'number' ? '[]' : `.${isKeyed(part) ? '*' : part}`,
    );
    return parts.join('').replace(/^\./, '');
  }
}

/** A key that is data and not a column: of a map by id. */
function isKeyed(key: string): boolean {
  return /^\d+$/.test(key) || /^[0-9a-f-]{16,}$/i.test(key);
}

function isList(value: Seen): value is SeenList {
  return isSeenObject(value) && value.is === 'list';
}

function isUnseen(value: Seen): value is Unseen {
  return isSeenObject(value) && value.is === 'unseen';
}

function sameInPlace(control: readonly Seen[], candidate: readonly Seen[]): boolean {
  return (
    control.length === candidate.length &&
    control.every((item, at) => textOf(item) === textOf(candidate[at]) && !hasUnseen(item))
  );
}

function hasUnseen(value: Seen): boolean {
  if (!isSeenObject(value)) return false;
  if (value.is === 'record') return [...value.fields.values()].some(hasUnseen);
  return value.is === 'list' ? value.items.some(hasUnseen) : value.is === 'unseen';
}

/** Whether the rows of both lists, by these columns, come in one order: then only rows that tie changed places. */
function sameSequence(
  control: SeenList,
  candidate: SeenList,
  pairs: readonly (readonly [number, number])[],
  columns: readonly string[],
): boolean {
  const rank = (row: Seen): string =>
    isRecord(row) ? columns.map((name) => textOf(row.fields.get(name))).join('\n') : textOf(row);
  const inControl = pairs.map(([at]) => rank(control.items[at]));
  const inCandidate = pairs
    .map(([, at]) => at)
    .toSorted((a, b) => a - b)
    .map((at) => rank(candidate.items[at]));
  return inControl.every((text, at) => text === inCandidate[at]);
}

/** The value of a text that is a JSON object or list; `undefined` for everything else. */
function fromJson(value: Seen): Seen | undefined {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined;
  try {
    const seen = capture(JSON.parse(value));
    return seen.kind === 'returned' ? seen.value : undefined;
  } catch {
    return undefined;
  }
}

import { rowIdentity, textOf } from './identity.ts';
import { isSeenObject, type Seen, type SeenRecord } from './seen.ts';

/** Which row of one list is which of the other, by index. `missing` are control's that found none. */
export type Pairing = {
  readonly pairs: readonly (readonly [control: number, candidate: number])[];
  readonly missing: readonly number[];
  readonly extra: readonly number[];
};

/**
 * Pairs the rows of two lists whatever their order: by key where every row has one and no two rows the same, else
 * equal rows first and what is left in the order it stands in, so that one changed column is not a row lost and one found.
 */
export function pairRows(
  control: readonly Seen[],
  candidate: readonly Seen[],
  key: readonly string[],
): Pairing {
  const [one, other] = [identities(control, key), identities(candidate, key)];
  if (one !== undefined && other !== undefined) return pairBy(one, other);
  const equal = pairBy(control.map(textOf), candidate.map(textOf));
  const both = Math.min(equal.missing.length, equal.extra.length);
  const rest = equal.missing
    .slice(0, both)
    .map((index, at): readonly [number, number] => [index, equal.extra[at] ?? 0]);
  return {
    pairs: [...equal.pairs, ...rest].toSorted(([a], [b]) => a - b),
    missing: equal.missing.slice(both),
    extra: equal.extra.slice(both),
  };
}

/** Every row by position; what is longer has rows that the other lacks. */
export function pairByPlace(control: readonly Seen[], candidate: readonly Seen[]): Pairing {
  const both = Math.min(control.length, candidate.length);
  const from = (list: readonly Seen[]): readonly number[] =>
    Array.from({ length: list.length - both }, (_, at) => both + at);
  return {
    pairs: Array.from({ length: both }, (_, at) => [at, at] as const),
    missing: from(control),
    extra: from(candidate),
  };
}

function pairBy(control: readonly string[], candidate: readonly string[]): Pairing {
  const places = new Map<string, number[]>();
  candidate.forEach((text, at) => {
    const known = places.get(text);
    if (known === undefined) places.set(text, [at]);
    else known.push(at);
  });
  const pairs: [number, number][] = [];
  const missing: number[] = [];
  const taken = new Map<string, number>();
  control.forEach((text, at) => {
    const next = taken.get(text) ?? 0;
    const found = places.get(text)?.[next];
    taken.set(text, next + 1);
    if (found === undefined) missing.push(at);
    else pairs.push([at, found]);
  });
  const used = new Set(pairs.map(([, at]) => at));
  return { pairs, missing, extra: [...candidate.keys()].filter((at) => !used.has(at)) };
}

/** `undefined` when the rows cannot be told apart by their key. */
function identities(rows: readonly Seen[], key: readonly string[]): readonly string[] | undefined {
  const found: string[] = [];
  for (const row of rows) {
    const identity = isRecord(row) ? rowIdentity(row, key) : undefined;
    if (identity === undefined) return undefined;
    found.push(identity);
  }
  return new Set(found).size === found.length ? found : undefined;
}

export function isRecord(value: Seen): value is SeenRecord {
  return isSeenObject(value) && value.is === 'record';
}

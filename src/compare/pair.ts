import { rowIdentity, textOf } from './identity.ts';
import { isRecord, type Seen } from './seen.ts';

/** Which row of one list is which of the other, by index. `missing` are control's that found none. */
export type Pairing = {
  readonly pairs: [control: number, candidate: number][];
  readonly missing: number[];
  readonly extra: number[];
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
  if (one && other) return pairBy(one, other);
  const paired = pairBy(control.map(textOf), candidate.map(textOf));
  const left = paired.missing.splice(0, paired.extra.length);
  paired.extra.splice(0, left.length).forEach((at, index) => paired.pairs.push([left[index] ?? 0, at]));
  paired.pairs.sort(([a], [b]) => a - b);
  return paired;
}

/** Every row by position; what is longer has rows that the other lacks. */
export function pairByPlace(control: readonly Seen[], candidate: readonly Seen[]): Pairing {
  return pairBy([...control.keys()], [...candidate.keys()]);
}

function pairBy(control: readonly unknown[], candidate: readonly unknown[]): Pairing {
  // The last first, so that the first is taken first.
  const free = Map.groupBy([...candidate.keys()].toReversed(), (at) => candidate[at]);
  const pairs: Pairing['pairs'] = [];
  const missing: number[] = [];
  control.forEach((id, at) => {
    const found = free.get(id)?.pop();
    if (found === undefined) missing.push(at);
    else pairs.push([at, found]);
  });
  return { pairs, missing, extra: [...free.values()].flat().toSorted((a, b) => a - b) };
}

/** `undefined` when the rows cannot be told apart by their key. */
function identities(rows: readonly Seen[], key: readonly string[]): readonly unknown[] | undefined {
  const found = new Set(rows.map((row) => (isRecord(row) ? rowIdentity(row, key) : undefined)));
  return found.size === rows.length && !found.has(undefined) ? [...found] : undefined;
}

import { canonicalJson, formatDuration, type Json } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';

/** One difference between two plans. `undefined` is: not there. */
export type PlanChange = {
  readonly path: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
};

/** The same in words: durations and percentages as people write them. `null` is: not there. */
export type ShownChange = { readonly path: string; readonly from: string | null; readonly to: string | null };

type Members = ReadonlyMap<string, Json>;

/**
 * What changed from one plan to another. Phases and steps are matched by id, environments by name and rows by
 * title, so that one that was put in between is one change and not a change of everything behind it.
 *
 * @example
 * diffPlans(running, edited); // [{ path: 'phases.canary.steps.hold-1.forMs', from: 172800000, to: 86400000 }]
 */
export function diffPlans(from: Plan, to: Plan): readonly PlanChange[] {
  return diff(jsonOf(from), jsonOf(to), '');
}

/** A difference a line, for people: `~ phases.canary.steps.hold-1.for: 48h -> 24h`. */
export function formatDiff(changes: readonly PlanChange[]): string {
  return changes.map(changeLine).join('\n');
}

export function showChange({ path, from, to }: PlanChange): ShownChange {
  const words = (value: Json | undefined): string | null =>
    value === undefined ? null : typeof value === 'string' ? value : wordsFor(value, path);
  return { path: path.replace(/Ms$/, ''), from: words(from), to: words(to) };
}

function diff(from: Json | undefined, to: Json | undefined, path: string): readonly PlanChange[] {
  if (from !== undefined && to !== undefined && canonicalJson(from) === canonicalJson(to)) return [];
  const before = membersOf(from);
  const after = membersOf(to);
  if (before === undefined || after === undefined) return [{ path, from, to }];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const inside = keys.flatMap((key) =>
    diff(before.get(key), after.get(key), path === '' ? key : `${path}.${key}`),
  );
  return [...inside, ...orderChange(from, before, after, path)];
}

/** What stays may have changed places; that is a change of its own, and for phases and steps a large one. */
function orderChange(
  from: Json | undefined,
  before: Members,
  after: Members,
  path: string,
): readonly PlanChange[] {
  if (!Array.isArray(from)) return [];
  const kept = [...before.keys()].filter((key) => after.has(key));
  const order = [...after.keys()].filter((key) => before.has(key));
  return canonicalJson(kept) === canonicalJson(order)
    ? []
    : [{ path: `${path} (order)`, from: kept, to: order }];
}

/** Members by key; a list's by the id, name or title of its entries. Other lists and plain values have none. */
function membersOf(value: Json | undefined): Members | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (!isList(value)) return new Map(Object.entries(value));
  const keyed = value.map((entry): [string | undefined, Json] => [nameOf(entry), entry]);
  const named = keyed.flatMap(([name, entry]): [string, Json][] =>
    name === undefined ? [] : [[name, entry]],
  );
  const members = new Map(named);
  return members.size === value.length ? members : undefined;
}

function nameOf(entry: Json): string | undefined {
  if (entry === null || typeof entry !== 'object' || isList(entry)) return undefined;
  const name = entry['id'] ?? entry['name'] ?? entry['title'];
  return typeof name === 'string' ? name : undefined;
}

function changeLine({ path, from, to }: PlanChange): string {
  const words = (value: Json): string => wordsFor(value, path);
  const at = path.replace(/Ms$/, '');
  if (from === undefined) return `+ ${at}: ${words(to ?? null)}`;
  if (to === undefined) return `- ${at}: ${words(from)}`;
  return `~ ${at}: ${words(from)} -> ${words(to)}`;
}

/** Milliseconds and 1/100 percents as people write them. A whole phase or step is shown by what it is called. */
function wordsFor(value: Json, path: string): string {
  if (typeof value === 'number' && path.endsWith('Ms')) return formatDuration(value);
  if (typeof value === 'number' && /\.(exposure|holdback)$/.test(path)) return `${value / 100}%`;
  const text = canonicalJson(value);
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** A plan is JSON by construction. */
function jsonOf(plan: Plan): Json {
  return JSON.parse(canonicalJson(plan)) as Json;
}

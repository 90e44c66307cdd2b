import { textOf } from './text-of.ts';

/**
 * How one sampled read ended.
 *
 * - `dropped`: not run in the shadow: too many at once, the pool waits, the breaker is open, it was stopped
 * - `timedOut`, `failed`: the side in the shadow did not answer in time, or failed where the other answered
 * - `match`, `mismatch`; `ignored`: every difference is covered by a rule, by noise or by an order nobody promised
 * - `transient`: gone when both sides were asked once more
 * - `uncompared`: nobody can say: too large, a stream, a comparison that failed
 */
export const SHADOW_STATES = [
  'dropped',
  'timedOut',
  'failed',
  'match',
  'mismatch',
  'ignored',
  'transient',
  'uncompared',
] as const;
export type ShadowState = (typeof SHADOW_STATES)[number];

/** What the shadow of one operation saw in one batch. */
export type ShadowBatch = {
  readonly repository: string;
  readonly operation: string;
  /** Reads that were drawn; those that ended are in `states`, some may still be on their way. */
  readonly sampled: number;
  readonly states: Readonly<Partial<Record<ShadowState, number>>>;
  /** Why reads were dropped or not compared, in a word of the instance or a sentence of an earlier one, and how often. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly groups: readonly MismatchGroup[];
  /** How this operation's answers are compared; only with groups. */
  readonly rules?: ComparedBy;
};

/** The part of an operation's options that says when two answers are the same. */
export type ComparedBy = {
  readonly ordered: boolean | readonly string[];
  readonly key: readonly string[];
  /** Representations that are taken for the same. */
  readonly same: readonly string[];
  readonly ignore: readonly StoredRule[];
};

/** An ignore rule as it was written. */
export type StoredRule = {
  readonly path: string;
  readonly kind?: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires: string;
};

/** Differences of one kind at one place of an operation's answers. */
export type MismatchGroup = {
  readonly id: string;
  readonly kind: string;
  readonly path: string;
  /** The representation that would have to be taken for the same. */
  readonly as?: string | undefined;
  readonly note?: string | undefined;
  /** Why it is no mismatch: `noise`, `order`, or the reason of an ignore rule. */
  readonly ignored?: string | undefined;
  /** How often control differs from itself here, 0..1; absent while that is not known. */
  readonly noise?: number | undefined;
  readonly count: number;
  /** Wall clock of the instance, milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Absent where the application's shadow keeps none. */
  readonly sample?: MismatchSample | undefined;
};

/** One call of a group, redacted before it left the instance. */
export type MismatchSample = {
  /** Where exactly: `[3].lines[0].price`. */
  readonly at: string;
  readonly control: string;
  readonly candidate: string;
  readonly args: readonly string[];
  /** Who answered the caller. */
  readonly served: 'control' | 'candidate';
  readonly controlMs: number;
  readonly candidateMs: number;
};

/** Operations and groups of a stored batch that can be read; the others are left out. */
export function parseShadowBatches(json: unknown): readonly ShadowBatch[] {
  if (!Array.isArray(json)) return [];
  return json.flatMap((one): readonly ShadowBatch[] => {
    const from = asRecord(one);
    if (from === undefined || typeof from['repository'] !== 'string' || typeof from['operation'] !== 'string')
      return [];
    return [
      {
        repository: from['repository'],
        operation: from['operation'],
        sampled: count(from['sampled']),
        states: counts(from['states'], SHADOW_STATES),
        reasons: counts(from['reasons']),
        groups: parseMismatchGroups(from['groups']),
        ...parseRules(from['rules']),
      },
    ];
  });
}

export function parseMismatchGroups(json: unknown): readonly MismatchGroup[] {
  return Array.isArray(json) ? json.flatMap(parseGroup) : [];
}

function parseRules(json: unknown): { readonly rules?: ComparedBy } {
  const from = asRecord(json);
  if (from === undefined) return {};
  const { ordered } = from;
  return {
    rules: {
      ordered: Array.isArray(ordered) ? texts(ordered) : ordered === true,
      key: texts(from['key']),
      same: texts(from['same']),
      ignore: Array.isArray(from['ignore']) ? from['ignore'].flatMap(parseRule) : [],
    },
  };
}

function parseRule(json: unknown): readonly StoredRule[] {
  const { path, kind, owner, reason, expires } = asRecord(json) ?? {};
  if (typeof path !== 'string' || typeof owner !== 'string') return [];
  if (typeof reason !== 'string' || typeof expires !== 'string') return [];
  return [{ path, ...(typeof kind === 'string' ? { kind } : {}), owner, reason, expires }];
}

function parseGroup(json: unknown): readonly MismatchGroup[] {
  const from = asRecord(json);
  if (from === undefined || typeof from['id'] !== 'string') return [];
  const text = (name: 'as' | 'note' | 'ignored') =>
    typeof from[name] === 'string' ? { [name]: from[name] } : {};
  const sample = parseSample(from['sample']);
  const noise = from['noise'];
  return [
    {
      id: from['id'],
      kind: textOf(from['kind']),
      path: textOf(from['path']),
      ...text('as'),
      ...text('note'),
      ...text('ignored'),
      ...(typeof noise === 'number' && Number.isFinite(noise) ? { noise } : {}),
      count: count(from['count']),
      firstAt: count(from['firstAt']),
      lastAt: count(from['lastAt']),
      ...(sample === undefined ? {} : { sample }),
    },
  ];
}

function parseSample(json: unknown): MismatchSample | undefined {
  const from = asRecord(json);
  if (from === undefined) return undefined;
  return {
    at: textOf(from['at']),
    control: textOf(from['control']),
    candidate: textOf(from['candidate']),
    args: texts(from['args']),
    served: from['served'] === 'candidate' ? 'candidate' : 'control',
    controlMs: hundredths(from['controlMs']),
    candidateMs: hundredths(from['candidateMs']),
  };
}

function hundredths(value: unknown): number {
  return Math.round(count(value) * 100) / 100;
}

function counts(json: unknown, known?: readonly string[]): Record<string, number> {
  const entries = Object.entries(asRecord(json) ?? {}).filter(
    ([name, value]) => (known?.includes(name) ?? true) && count(value) > 0,
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, count(value)]));
}

function texts(json: unknown): readonly string[] {
  return Array.isArray(json) ? json.map(String) : [];
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}

function asRecord(json: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : undefined;
}

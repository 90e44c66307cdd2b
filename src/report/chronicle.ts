import type { CutoverEvent } from '../engine/index.ts';
import { databaseFindings } from '../plan/index.ts';
import { confirmedText } from './event-line.ts';
import { evolveRunChronicle, type RunChronicle } from './run-chronicle.ts';

/** A log in short: its newest run, and of all of it what was taken back and which databases were looked at. */
export type Chronicle = {
  readonly run: RunChronicle | null;
  /** Oldest first, the last hundred. */
  readonly rollbacks: readonly TakenBack[];
  /** Oldest first, the last hundred. */
  readonly databases: readonly LookedAt[];
};

export type TakenBack = {
  readonly seq: number;
  readonly at: number;
  /** The run that was on; `null` without one. */
  readonly run: string | null;
  readonly cause: 'person' | 'gate' | 'step' | 'flag';
  readonly actor: string;
  readonly reason: string;
  /** `null` is everything. */
  readonly repositories: readonly string[] | null;
  readonly budgetMs: number;
  readonly done: {
    readonly tookMs: number;
    readonly withinBudget: boolean;
    /** That were waited for, and how many of them lost their lease instead of acknowledging. */
    readonly instances: number;
    readonly expired: number;
  } | null;
  /** The one that took its place before it was verified; `null` for none. */
  readonly superseded: Superseded | null;
  /** Whether going back ended the trouble, in words; `null` where nobody looked. */
  readonly confirmed: string | null;
};

export type Superseded = {
  readonly seq: number;
  readonly mode: 'drain' | 'hard';
  readonly actor: string;
  /** From the beginning of the one to that of the other. */
  readonly afterMs: number;
  /** From the beginning of the one until the other was verified, which is of both. */
  readonly tookMs: number | null;
};

export type LookedAt = {
  readonly seq: number;
  readonly at: number;
  readonly run: string | null;
  readonly moment: 'before' | 'after' | 'rollback';
  readonly databases: readonly string[];
  readonly checks: readonly string[];
  readonly findings: readonly string[];
  readonly tookMs: number;
};

type At = { readonly seq: number; readonly at: number };

const MOST = 100;

export const EMPTY_CHRONICLE: Chronicle = { run: null, rollbacks: [], databases: [] };

/** The chronicle behind an event. */
export function evolveChronicle(chronicle: Chronicle, event: CutoverEvent, meta: At): Chronicle {
  const run = evolveRunChronicle(chronicle.run, event, meta);
  const next = { ...chronicle, run };
  switch (event.kind) {
    case 'rollback.started':
      return {
        ...next,
        rollbacks: [...superseded(next.rollbacks, event, meta), takenBack(chronicle, event, meta)].slice(
          -MOST,
        ),
      };
    case 'rollback.acknowledged': {
      const { tookMs, withinBudget, instances } = event;
      const expired = instances.filter(({ how }) => how === 'lease expired').length;
      const done = { tookMs, withinBudget, instances: instances.length, expired };
      return withLast({ ...next, rollbacks: verifiedWith(next.rollbacks, meta) }, { done });
    }
    case 'rollback.confirmed':
      return withLast(next, { confirmed: confirmedText(event) });
    case 'databases.checked':
      return { ...next, databases: [...next.databases, lookedAt(chronicle, event, meta)].slice(-MOST) };
    default:
      return next;
  }
}

function takenBack(
  chronicle: Chronicle,
  event: Extract<CutoverEvent, { kind: 'rollback.started' }>,
  { seq, at }: At,
): TakenBack {
  const { cause, actor, reason, repositories, budgetMs } = event;
  const run = runOn(chronicle);
  const open = { done: null, superseded: null, confirmed: null };
  return { seq, at, run, cause, actor, reason, repositories, budgetMs, ...open };
}

/** A rollback that begins before the one before it was verified takes its place. */
function superseded(
  rollbacks: Chronicle['rollbacks'],
  { mode, actor }: Extract<CutoverEvent, { kind: 'rollback.started' }>,
  { seq, at }: At,
): Chronicle['rollbacks'] {
  return rollbacks.map((one, index) => {
    if (index < rollbacks.length - 1 || one.done !== null) return one;
    return { ...one, superseded: { seq, mode, actor, afterMs: Math.max(0, at - one.at), tookMs: null } };
  });
}

/** What is verified now is so with all that it took the place of. */
function verifiedWith(rollbacks: Chronicle['rollbacks'], { at }: At): Chronicle['rollbacks'] {
  return rollbacks.map((one) =>
    one.superseded === null || one.superseded.tookMs !== null
      ? one
      : { ...one, superseded: { ...one.superseded, tookMs: Math.max(0, at - one.at) } },
  );
}

function lookedAt(
  chronicle: Chronicle,
  { moment, checks, tookMs }: Extract<CutoverEvent, { kind: 'databases.checked' }>,
  { seq, at }: At,
): LookedAt {
  return {
    seq,
    at,
    run: moment === 'rollback' ? (chronicle.rollbacks.at(-1)?.run ?? null) : runOn(chronicle),
    moment,
    databases: [...new Set(checks.map(({ database }) => database))],
    checks: [...new Set(checks.map(({ check }) => check))],
    findings: databaseFindings(checks),
    tookMs,
  };
}

function runOn({ run }: Chronicle): string | null {
  return run === null || run.endedAt !== null ? null : run.id;
}

function withLast(chronicle: Chronicle, change: Partial<TakenBack>): Chronicle {
  const last = chronicle.rollbacks.at(-1);
  if (last === undefined) return chronicle;
  return { ...chronicle, rollbacks: [...chronicle.rollbacks.slice(0, -1), { ...last, ...change }] };
}

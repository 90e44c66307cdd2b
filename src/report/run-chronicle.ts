import type { CutoverEvent } from '../engine/index.ts';
import { eventAbout } from './event-about.ts';
import { eventLine } from './event-line.ts';

/** The newest run in short. Times are of the wall clock, milliseconds. */
export type RunChronicle = {
  readonly id: string;
  readonly reason: string;
  /** Everything is being taken back, or it is over. */
  readonly endedAt: number | null;
  /** In the order in which they were entered. */
  readonly phases: readonly PhaseTimes[];
  readonly looks: readonly Looks[];
  /** What people read of it, oldest first, the last five hundred. */
  readonly notes: readonly Note[];
  /** How many there were before those. */
  readonly notesBefore: number;
};

export type PhaseTimes = {
  readonly phase: string;
  readonly enteredAt: number;
  readonly leftAt: number | null;
};

/** How often a gate was looked at in a phase, by verdict. */
export type Looks = {
  readonly phase: string;
  readonly gate: string;
  readonly pass: number;
  readonly fail: number;
  readonly insufficient: number;
  readonly stale: number;
  readonly lastAt: number;
};

export type Note = {
  readonly seq: number;
  readonly at: number;
  readonly of: NoteKind;
  readonly actor: string | null;
  readonly text: string;
};

type NoteKind = 'exposure' | 'decision' | 'late' | 'trouble';
type At = { readonly seq: number; readonly at: number };

const MOST_NOTES = 500;

/** The chronicle of the newest run behind an event; `null` before the first one. */
export function evolveRunChronicle(
  run: RunChronicle | null,
  event: CutoverEvent,
  meta: At,
): RunChronicle | null {
  if (event.kind === 'run.started')
    return {
      id: event.run,
      reason: event.reason,
      endedAt: null,
      phases: [],
      looks: [],
      notes: [],
      notesBefore: 0,
    };
  return run === null ? null : withNote(evolved(run, event, meta), event, meta);
}

function evolved(run: RunChronicle, event: CutoverEvent, { at }: At): RunChronicle {
  if (run.endedAt !== null) return run;
  switch (event.kind) {
    case 'step.entered':
      return entered(run, event.phase, at);
    case 'gate.looked':
      return { ...run, looks: counted(run, event, at) };
    case 'rollback.started':
      return event.repositories === null ? over(run, at) : run;
    case 'run.completed':
      return over(run, at);
    default:
      return run;
  }
}

function entered(run: RunChronicle, phase: string, at: number): RunChronicle {
  if (run.phases.at(-1)?.phase === phase) return run;
  return { ...run, phases: [...left(run.phases, at), { phase, enteredAt: at, leftAt: null }] };
}

function over(run: RunChronicle, at: number): RunChronicle {
  return { ...run, endedAt: at, phases: left(run.phases, at) };
}

function left(phases: readonly PhaseTimes[], at: number): readonly PhaseTimes[] {
  return phases.map((one) => (one.leftAt === null ? { ...one, leftAt: at } : one));
}

function counted(
  { phases, looks }: RunChronicle,
  { gate, verdict }: Extract<CutoverEvent, { kind: 'gate.looked' }>,
  at: number,
): readonly Looks[] {
  const phase = phases.at(-1)?.phase ?? '';
  const none = { phase, gate, pass: 0, fail: 0, insufficient: 0, stale: 0 };
  const isOf = (one: Looks): boolean => one.phase === phase && one.gate === gate;
  const before = looks.find(isOf) ?? none;
  const after = { ...before, [verdict]: before[verdict] + 1, lastAt: at };
  return looks.some(isOf) ? looks.map((one) => (isOf(one) ? after : one)) : [...looks, after];
}

function withNote(run: RunChronicle, event: CutoverEvent, { seq, at }: At): RunChronicle {
  const of = noteKind(event);
  const text = of === null ? null : eventLine(event);
  if (of === null || text === null) return run;
  const notes = [...run.notes, { seq, at, of, actor: eventAbout(event).actor, text }];
  const tooMany = Math.max(0, notes.length - MOST_NOTES);
  return { ...run, notes: notes.slice(tooMany), notesBefore: run.notesBefore + tooMany };
}

function isDecided(cause: Extract<CutoverEvent, { kind: 'run.paused' }>['cause']): boolean {
  return cause === 'person' || cause === 'decision' || cause === 'approval rejected';
}

/** `null` for what a summary has in another place, or not at all. */
function noteKind(event: CutoverEvent): NoteKind | null {
  switch (event.kind) {
    case 'exposure.set':
    case 'flag.set':
    case 'shadow.set':
    case 'phase.restarted':
      return 'exposure';
    case 'decision.made':
    case 'step.skipped':
    case 'delay.overridden':
    case 'effect.retried':
    case 'run.resumed':
    case 'plan.accepted':
    case 'kill.lifted':
    case 'counter.added':
    case 'approval.asked':
    case 'plan.rejected':
      return 'decision';
    case 'step.completed':
      return event.by === null ? null : 'decision';
    case 'run.paused':
      return isDecided(event.cause) ? 'decision' : 'trouble';
    case 'effect.finished':
      return event.ok ? null : 'trouble';
    case 'contingency.began':
    case 'contingency.kept':
    case 'rollback.overdue':
      return 'trouble';
    case 'run.overran':
    case 'run.delayed':
      return 'late';
    default:
      return null;
  }
}

import { fromStored, type CutoverEvent } from '../engine/index.ts';
import { stepAt, type Plan } from '../plan/index.ts';
import type { StoredEvent } from '../store/index.ts';
import { eventLine } from './event-line.ts';

/** What is drawn behind the lines of a chart: a step, or the time in which everything was being taken back. */
export type Band = {
  readonly kind: 'step' | 'rollback';
  readonly phase: string | null;
  readonly step: string | null;
  readonly title: string;
  readonly from: number;
  readonly to: number;
};

export type MarkerKind =
  | 'run'
  | 'promote'
  | 'hold'
  | 'pause'
  | 'resume'
  | 'flag'
  | 'shadow'
  | 'rollback'
  | 'kill'
  | 'epoch'
  | 'end';

/** Something that happened at a moment. */
export type Marker = {
  readonly at: number;
  readonly seq: number;
  readonly kind: MarkerKind;
  /** `null` is all of them. */
  readonly repositories: readonly string[] | null;
  readonly text: string;
};

/** Whether an event is drawn, or bounds what is. */
export function isDrawn({ kind }: Pick<StoredEvent, 'kind'>): boolean {
  return kind in MARKERS || BOUNDS.has(kind);
}

/** Whether nothing before this event reaches behind it. */
export function isBound({ kind }: Pick<StoredEvent, 'kind'>): boolean {
  return BOUNDS.has(kind);
}

/** Where a band begins or ends. */
const BOUNDS: ReadonlySet<string> = new Set([
  'run.started',
  'step.entered',
  'run.completed',
  'rollback.started',
  'rollback.acknowledged',
]);

const MARKERS: Readonly<Partial<Record<CutoverEvent['kind'], MarkerKind>>> = {
  'run.started': 'run',
  'exposure.set': 'promote',
  'shadow.set': 'shadow',
  'step.entered': 'hold',
  'run.paused': 'pause',
  'run.resumed': 'resume',
  'flag.set': 'flag',
  'kill.lifted': 'flag',
  'rollback.started': 'rollback',
  'rollback.acknowledged': 'epoch',
  'exposure.acknowledged': 'epoch',
  'run.completed': 'end',
};

/** Steps as stretches of time, cut to what is shown. @param events drawn ones, oldest first */
export function bandsOf(
  events: readonly StoredEvent[],
  plan: Plan,
  from: number,
  to: number,
): readonly Band[] {
  const bounds = events.filter((event) => isBound(event) && !isPartial(fromStored(event)));
  return bounds.flatMap((stored, index): readonly Band[] => {
    const event = fromStored(stored);
    const begins = Math.max(from, stored.at);
    const ends = Math.min(to, bounds[index + 1]?.at ?? to);
    if (ends <= begins) return [];
    const span = { from: begins, to: ends };
    if (event.kind === 'rollback.started')
      return [{ kind: 'rollback', phase: null, step: null, title: 'taken back', ...span }];
    if (event.kind !== 'step.entered') return [];
    const { phase, step } = event;
    const title = stepAt(plan, { phase, step })?.step.title ?? step;
    return [{ kind: 'step', phase, step, title, ...span }];
  });
}

/** One repository that is taken back alone ends no step. */
function isPartial(event: CutoverEvent): boolean {
  return event.kind === 'rollback.started' && event.repositories !== null;
}

export function markersOf(
  events: readonly StoredEvent[],
  plan: Plan,
  from: number,
  to: number,
): readonly Marker[] {
  return events.flatMap((stored): readonly Marker[] => {
    const event = fromStored(stored);
    const kind = stored.at < from || stored.at > to ? undefined : markerKind(event, plan);
    if (kind === undefined) return [];
    return [
      {
        at: stored.at,
        seq: stored.seq,
        kind,
        repositories: repositoriesOf(event),
        text: eventLine(event) ?? stored.kind,
      },
    ];
  });
}

function markerKind(event: CutoverEvent, plan: Plan): MarkerKind | undefined {
  if (event.kind === 'step.entered') return stepAt(plan, event)?.step.kind === 'hold' ? 'hold' : undefined;
  if (event.kind === 'rollback.started' && event.mode === 'hard') return 'kill';
  return MARKERS[event.kind];
}

function repositoriesOf(event: CutoverEvent): readonly string[] | null {
  if (event.kind === 'flag.set') return event.repository === null ? null : [event.repository];
  return 'repositories' in event ? event.repositories : null;
}

import { showChange, type ShownChange } from '../config/index.ts';
import { CONTROLLER, type CutoverEvent } from '../engine/index.ts';
import type { Json } from '../kernel/index.ts';

/** What an event says beside its line: what lists of events are filtered by, and show in columns. */
export type EventAbout = {
  /** A person or a program by name, `cutover` for the controller; `null` where the event does not say. */
  readonly actor: string | null;
  readonly reason: string | null;
  /** Repositories by name, `*` for all of them; empty for what is about none. */
  readonly repositories: readonly string[];
  /** From what to what, where the event has both. */
  readonly changes: readonly ShownChange[];
};

export function eventAbout(event: CutoverEvent): EventAbout {
  const by = event.kind === 'step.completed' ? event.by : null;
  return {
    actor: 'actor' in event ? event.actor : (by?.actor ?? unnamed(event)),
    reason: 'reason' in event ? event.reason : (by?.reason ?? null),
    repositories: repositoriesOf(event),
    changes: event.kind === 'plan.accepted' ? event.diff.flatMap(changeOf) : [],
  };
}

/** Whoever comes first registers a migration; all else without a name is the controller's. */
function unnamed({ kind }: CutoverEvent): string | null {
  return kind === 'migration.registered' ? null : CONTROLLER;
}

function repositoriesOf(event: CutoverEvent): readonly string[] {
  if ('repositories' in event) return event.repositories ?? ['*'];
  return 'repository' in event ? [event.repository ?? '*'] : [];
}

/** The log has single values there; a whole phase or step is its JSON text, and `null` is what was not there. */
function changeOf(stored: Json): readonly ShownChange[] {
  if (stored === null || typeof stored !== 'object' || !('path' in stored)) return [];
  const { path, from, to } = stored;
  return typeof path === 'string' ? [showChange({ path, from: from ?? undefined, to: to ?? undefined })] : [];
}

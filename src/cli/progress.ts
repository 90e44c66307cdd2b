import { fromStored } from '../engine/index.ts';
import { databaseFindings } from '../plan/index.ts';
import type { StoredEvent } from '../store/index.ts';
import { eventText } from './event-text.ts';
import type { Io } from './io.ts';
import type { Style } from './paint.ts';

/** What a run says while it goes: a line an event, and what it waits for when that changed. */
export type Progress = {
  events(events: readonly StoredEvent[]): void;
  waiting(what: string | null): void;
};

const STYLES: Readonly<Record<string, Style>> = {
  'rollback.started': 'bad',
  'rollback.overdue': 'bad',
  'rollback.acknowledged': 'good',
  'run.paused': 'warning',
  'run.delayed': 'warning',
  'run.overran': 'warning',
  'step.skipped': 'warning',
  'delay.overridden': 'warning',
  'run.completed': 'good',
  'step.entered': 'strong',
};

function styleOf(stored: StoredEvent): Style {
  const event = fromStored(stored);
  if (event.kind === 'databases.checked' && databaseFindings(event.checks).length > 0) return 'bad';
  return STYLES[stored.kind] ?? 'plain';
}

export function createProgress(io: Io): Progress {
  let lastLook = '';
  let lastWait: string | null = null;
  return {
    events(events) {
      for (const stored of events) {
        const look = lookSign(stored);
        const repeats = look !== null && look === lastLook;
        if (look !== null) lastLook = look;
        const text = repeats ? null : eventText(stored);
        if (text !== null) io.progress(io.paintProgress(styleOf(stored), text));
      }
    },
    waiting(what) {
      const sign = what?.replace(/^[\d.]+\S*( [\d.]+\S*)? more/, 'more') ?? null;
      if (what !== null && sign !== lastWait)
        io.progress(io.paintProgress('dim', `           waiting for ${what}`));
      lastWait = sign;
    },
  };
}

/** What a look says without its numbers: one that says the same as the look before it gets no line. */
function lookSign(stored: StoredEvent): string | null {
  const event = fromStored(stored);
  if (event.kind !== 'gate.looked') return null;
  return `${event.gate} ${event.verdict} ${event.rows.map(({ colour, verdict }) => `${colour}/${verdict}`).join()}`;
}

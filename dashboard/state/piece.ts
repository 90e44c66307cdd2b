import { batch } from '@preact/signals';
import type { StatusDocument } from '../../src/report/index.ts';
import type { ShownEvent } from '../../src/server/answers/event.ts';
import type { StreamEvent } from '../../src/wire/index.ts';
import {
  ahead,
  events,
  failure,
  hasGap,
  heardAt,
  isOpen,
  isReading,
  replacements,
  status,
  troubleSince,
} from './live.ts';
import { receive } from './take.ts';

/** What the tab that reads tells the others. */
export type Piece =
  | { readonly kind: 'heard'; readonly heard: readonly StreamEvent[] }
  | { readonly kind: 'standing'; readonly isOpen: boolean; readonly failure: typeof failure.value }
  | {
      readonly kind: 'whole';
      readonly isOpen: boolean;
      readonly failure: typeof failure.value;
      readonly heardAt: number | null;
      readonly status: StatusDocument | null;
      readonly events: readonly ShownEvent[];
      readonly troubleSince: number | null;
      readonly ahead: number;
      readonly replacements: number;
    };

/** That the stream is read here, and how that goes. */
export function standing(): Piece {
  return { kind: 'standing', isOpen: isOpen.peek(), failure: failure.peek() };
}

/** All that is known here. */
export function whole(): Piece {
  return {
    kind: 'whole',
    isOpen: isOpen.peek(),
    failure: failure.peek(),
    heardAt: heardAt.peek(),
    status: status.peek(),
    events: events.peek(),
    troubleSince: troubleSince.peek(),
    ahead: ahead.peek(),
    replacements: replacements.peek(),
  };
}

/** Of another tab of this browser. @returns whether something is missing here */
export function hear(piece: Piece): boolean {
  if (piece.kind === 'heard') {
    receive(piece.heard);
    return hasGap.peek();
  }
  batch(() => {
    isReading.value = false;
    isOpen.value = piece.isOpen;
    failure.value = piece.failure;
    if (piece.kind === 'standing') return;
    heardAt.value = piece.heardAt;
    events.value = piece.events;
    troubleSince.value = piece.troubleSince;
    ahead.value = piece.ahead;
    replacements.value = piece.replacements;
    if (piece.status !== null) status.value = piece.status;
    hasGap.value = false;
  });
  return false;
}

import type { StoredEvent } from '../../store/index.ts';
import { eventText } from '../event-text.ts';
import { counted } from '../render/text.ts';
import type { StreamState } from './verify.ts';

/** What a stream of the present file has and the backup has not. */
export type Lost = {
  readonly stream: string;
  readonly events: readonly StoredEvent[];
  /** Events of the backup that the present file has not: it went another way there. */
  readonly others: number;
};

/** Stream by stream, those that would stay as they are left out. */
export function lostBetween(
  present: readonly StreamState[],
  backup: readonly StreamState[],
): readonly Lost[] {
  const names = [...new Set([...present, ...backup].map(({ stream }) => stream))].toSorted();
  return names
    .map((stream) => {
      const has = eventsOf(present, stream);
      const gets = eventsOf(backup, stream);
      const fork = has.findIndex(({ hash }, index) => hash !== gets[index]?.hash);
      const common = fork < 0 ? has.length : fork;
      return { stream, events: has.slice(common), others: gets.length - common };
    })
    .filter(({ events, others }) => events.length + others > 0);
}

function eventsOf(streams: readonly StreamState[], name: string): readonly StoredEvent[] {
  return streams.find(({ stream }) => stream === name)?.events ?? [];
}

export type LostDocument = {
  readonly stream: string;
  readonly events: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly others: number;
};

export function lostDocument({ stream, events, others }: Lost): LostDocument {
  return {
    stream,
    events: events.length,
    from: events[0]?.seq ?? null,
    to: events.at(-1)?.seq ?? null,
    others,
  };
}

/** The last lines are what a person remembers. */
const MOST_LINES = 10;

export function lostText(lost: readonly Lost[]): string {
  if (lost.length === 0) return 'Nothing would be lost: the backup has every event that can be read here.';
  return ['The log would lose:', ...lost.flatMap(linesOf)].join('\n');
}

function linesOf({ stream, events, others }: Lost): readonly string[] {
  const texts = events.flatMap((event) => eventText(event) ?? []);
  const range =
    events.length === 0
      ? 'no event'
      : `${counted(events.length, 'event')}, ${events[0]?.seq} to ${events.at(-1)?.seq}`;
  const gains =
    others === 0 ? '' : `; it would get ${counted(others, 'event')} that the present file has not`;
  const more = texts.length - MOST_LINES;
  return [
    `  ${stream}: ${range}${gains}`,
    ...(more > 0 ? [`    … ${counted(more, 'line')} before these`] : []),
    ...texts.slice(-MOST_LINES).map((text) => `    ${text}`),
  ];
}

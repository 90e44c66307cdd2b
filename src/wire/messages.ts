import type { Json } from '../kernel/index.ts';
import type { EventMark } from '../store/index.ts';

/** A routing state as it is stored; `body` is `null` and `epoch` 0 before the first. */
export type RoutingMessage = {
  readonly schema: 'cutover.routing/1';
  readonly epoch: number;
  readonly mark: EventMark | null;
  readonly body: Json;
  /** Whether the log has the event that the asker named; absent where none was named. */
  readonly knows?: boolean;
  /** In a stream: an event of this log, that of the state before. Absent where the server has seen none. */
  readonly behind?: EventMark;
};

/** An instance's report: its status, and what was counted since the one before. */
export type ReportMessage = {
  readonly v: 1;
  readonly instance: string;
  /** `null` where nothing can be acknowledged. */
  readonly status: Json;
  readonly telemetry: Json | null;
};

/** What is stored once a report was. */
export type ReportAnswer = {
  readonly schema: 'cutover.reported/1';
  readonly epoch: number;
  readonly mark: EventMark | null;
};

/** @returns `undefined` for what is no routing message: nothing is known then */
export function parseRoutingMessage(json: unknown): RoutingMessage | undefined {
  if (typeof json !== 'object' || json === null || !('epoch' in json)) return undefined;
  const { epoch } = json;
  if (typeof epoch !== 'number' || !Number.isInteger(epoch) || epoch < 0) return undefined;
  const behind = 'behind' in json ? parseMark(json.behind) : null;
  // What was JSON a moment ago; `parseRoutingState` looks into it.
  const body = 'body' in json ? (json.body as Json) : null;
  return {
    schema: 'cutover.routing/1',
    epoch,
    mark: 'mark' in json ? parseMark(json.mark) : null,
    body: body ?? null,
    ...('knows' in json && typeof json.knows === 'boolean' ? { knows: json.knows } : {}),
    ...(behind === null ? {} : { behind }),
  };
}

function parseMark(json: unknown): EventMark | null {
  if (typeof json !== 'object' || json === null || !('seq' in json) || !('hash' in json)) return null;
  const { seq, hash } = json;
  return typeof seq === 'number' && typeof hash === 'string' ? { seq, hash } : null;
}

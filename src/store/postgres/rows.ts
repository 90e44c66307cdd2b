import { CutoverError, type Json } from '../../kernel/index.ts';
import type {
  InstanceRecord,
  LeaseRecord,
  StoredEvent,
  StoredRouting,
  TelemetryRecord,
} from '../contract.ts';

type Row = Readonly<Record<string, unknown>>;

/** The driver gives `bigint` as text; all numbers here are far below 2^53. */
export function toEvent(row: Row): StoredEvent {
  return {
    stream: String(row['stream']),
    seq: Number(row['seq']),
    at: Number(row['at']),
    kind: String(row['kind']),
    v: Number(row['v']),
    body: parse(row['body']),
    prev: String(row['prev']),
    hash: String(row['hash']),
  };
}

export function toRouting(row: Row): StoredRouting {
  return {
    epoch: Number(row['epoch']),
    body: parse(row['body']),
    mark: { seq: Number(row['seq']), hash: String(row['hash']) },
  };
}

export function toInstance(row: Row): InstanceRecord {
  return {
    instance: String(row['instance']),
    beat: Number(row['beat']),
    firstSeenAt: Number(row['first_seen_at']),
    body: parse(row['body']),
  };
}

export function toTelemetry(row: Row): TelemetryRecord {
  return {
    id: Number(row['id']),
    instance: String(row['instance']),
    at: Number(row['at']),
    body: parse(row['body']),
  };
}

export function toLease(row: Row): LeaseRecord {
  return {
    holder: String(row['holder']),
    fence: Number(row['fence']),
    beat: Number(row['beat']),
    released: row['released'] === true,
  };
}

/** What this store wrote itself. */
function parse(text: unknown): Json {
  try {
    return JSON.parse(String(text)) as Json;
  } catch (error) {
    throw new CutoverError(
      'STORE_CORRUPT',
      `a row of the schema "cutover" holds no JSON: ${String(text).slice(0, 40)}`,
      { hint: 'somebody changed it by hand; restore the schema from a dump', cause: error },
    );
  }
}

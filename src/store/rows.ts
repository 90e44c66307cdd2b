import { CutoverError, type Json } from '../kernel/index.ts';
import type { HistoryRecord, InstanceRecord, StoredEvent, TelemetryRecord } from './contract.ts';

type Row = Readonly<Record<string, unknown>>;

/** What a row of a store that somebody changed by hand is called, and what to do about it. */
export type Damage = { readonly where: string; readonly hint: string };

/** Drivers may give `bigint` as text; all numbers here are far below 2^53. */
export function toEvent(row: Row, damage: Damage): StoredEvent {
  return {
    stream: String(row['stream']),
    seq: Number(row['seq']),
    at: Number(row['at']),
    kind: String(row['kind']),
    v: Number(row['v']),
    body: parseBody(row['body'], damage),
    prev: String(row['prev']),
    hash: String(row['hash']),
  };
}

export function toInstance(row: Row, damage: Damage): InstanceRecord {
  return {
    instance: String(row['instance']),
    beat: Number(row['beat']),
    firstSeenAt: Number(row['first_seen_at']),
    body: parseBody(row['body'], damage),
  };
}

export function toTelemetry(row: Row, damage: Damage): TelemetryRecord {
  return {
    id: Number(row['id']),
    instance: String(row['instance']),
    at: Number(row['at']),
    body: parseBody(row['body'], damage),
  };
}

export function toHistoryRecord(row: Row, damage: Damage): HistoryRecord {
  return {
    series: String(row['series']),
    sizeMs: Number(row['size_ms']),
    at: Number(row['at']),
    body: parseBody(row['body'], damage),
  };
}

/** What a store wrote itself. @throws CutoverError `STORE_CORRUPT` */
export function parseBody(text: unknown, { where, hint }: Damage): Json {
  try {
    return JSON.parse(String(text)) as Json;
  } catch (error) {
    throw new CutoverError('STORE_CORRUPT', `a row of ${where} holds no JSON: ${String(text).slice(0, 40)}`, {
      hint,
      cause: error,
    });
  }
}

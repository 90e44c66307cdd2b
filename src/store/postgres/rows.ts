import type {
  HistoryRecord,
  InstanceRecord,
  LeaseRecord,
  RoutingMark,
  StoredEvent,
  StoredRouting,
  TelemetryRecord,
} from '../contract.ts';
import * as rows from '../rows.ts';

type Row = Readonly<Record<string, unknown>>;

const DAMAGE: rows.Damage = {
  where: 'the schema "cutover"',
  hint: 'somebody changed it by hand; restore the schema from a dump',
};

export const toEvent = (row: Row): StoredEvent => rows.toEvent(row, DAMAGE);
export const toInstance = (row: Row): InstanceRecord => rows.toInstance(row, DAMAGE);
export const toHistoryRecord = (row: Row): HistoryRecord => rows.toHistoryRecord(row, DAMAGE);
export const toTelemetry = (row: Row): TelemetryRecord => rows.toTelemetry(row, DAMAGE);

export function toRouting(row: Row): StoredRouting {
  const { knows } = row;
  return {
    ...toRoutingMark(row),
    body: rows.parseBody(row['body'], DAMAGE),
    ...(typeof knows === 'boolean' ? { knows } : {}),
  };
}

export function toRoutingMark(row: Row): RoutingMark {
  return {
    epoch: Number(row['epoch']),
    mark: { seq: Number(row['seq']), hash: String(row['hash']) },
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

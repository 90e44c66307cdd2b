import type { Json } from '../kernel/index.ts';
import { MOST_REPORT_BYTES, type ReportMessage } from '../wire/index.ts';

/** Whether a server would not read it to its end. */
export function isTooLong(report: ReportMessage): boolean {
  return report.telemetry !== null && Buffer.byteLength(JSON.stringify(report)) > MOST_REPORT_BYTES;
}

/** The report that is left where its telemetry is too much. The instance says so: its rows know less than they should. */
export function withoutTelemetry(report: ReportMessage): ReportMessage {
  const bytes = Buffer.byteLength(JSON.stringify(report.telemetry));
  const note = `telemetry of ${bytes} bytes was thrown away: it is more than the server takes`;
  return { ...report, status: withNote(report.status, note), telemetry: null };
}

function withNote(status: Json, note: string): Json {
  if (!isRecord(status)) return status;
  const { notes = [] } = status;
  return { ...status, notes: [...(Array.isArray(notes) ? notes : []), note] };
}

function isRecord(json: Json): json is Readonly<Record<string, Json>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

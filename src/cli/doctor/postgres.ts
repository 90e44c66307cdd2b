import { type Clock, CutoverError, describeError, formatDuration } from '../../kernel/index.ts';
import { type Inspection, inspectPostgres } from '../../store/index.ts';
import { bad, type Check, ok, warning } from './check.ts';

const ROLES = 'give it a role: docs/operations/postgres.md';
/** Instances remove what is older than an hour, every five minutes. Twice that, and nobody does. Milliseconds. */
const AGED_MS = 2 * 3_600_000;

/** The schema, the rights, the way of changes and the size of a state in PostgreSQL. Reads only. */
export async function checkPostgres(
  address: Parameters<typeof inspectPostgres>[0],
  clock: Clock,
): Promise<readonly Check[]> {
  try {
    const inspection = await inspectPostgres(address, clock);
    return inspectionChecks(inspection);
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    return [bad('state', `${error.code}: ${describeError(error)}`, error.hint ?? 'correct it')];
  }
}

/** What was found, as checks. */
export function inspectionChecks(inspection: Inspection): readonly Check[] {
  const server = ok('PostgreSQL', `${inspection.server}, as ${inspection.role}`);
  if (inspection.format === 0) return [server, toldCheck(inspection)];
  return [
    server,
    schemaCheck(inspection),
    rightsCheck(inspection),
    toldCheck(inspection),
    sizeCheck(inspection),
  ];
}

function schemaCheck({ format, differences }: Inspection): Check {
  const name = 'schema cutover';
  if (differences === null)
    return warning(
      name,
      `format ${format}, not this version's`,
      'bring all parts to one version; the schema by cutover state prepare',
    );
  return differences.length === 0
    ? ok(name, `format ${format}, as this version makes it`)
    : bad(
        name,
        differences.join('; '),
        'take back by hand what was changed by hand, or restore the schema from a dump',
      );
}

function rightsCheck({ role, lacks }: Inspection): Check {
  const { controller, viewer } = lacks;
  if (controller.length === 0) return ok('rights', `${role} can do the work of a controller`);
  return viewer.length === 0
    ? warning('rights', `${role} can only look: it lacks ${controller.join(', ')}`, `for a run, ${ROLES}`)
    : bad('rights', `${role} lacks ${viewer.join(', ')}`, ROLES);
}

function toldCheck({ isTold }: Inspection): Check {
  return isTold
    ? ok('changes', 'told by the server')
    : warning(
        'changes',
        'looked for ten times a second: a pooler is between, or no connection is left',
        'name a variable with an address past the pooler: store.direct',
      );
}

function sizeCheck({ sizes, telemetryAgeMs }: Inspection): Check {
  const name = 'size';
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = sizes
    .slice(0, 2)
    .map(({ table, bytes, rows }) => `${table} ${megabytes(bytes)}, about ${rows} rows`);
  const age = telemetryAgeMs === null ? '' : `; telemetry of ${formatDuration(roundedMs(telemetryAgeMs))}`;
  const text = `${megabytes(total)} (${largest.join('; ')})${age}`;
  return telemetryAgeMs === null || telemetryAgeMs <= AGED_MS
    ? ok(name, text)
    : warning(
        name,
        text,
        'instances remove what is older than an hour: start one, or see whether its role may',
      );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function roundedMs(ms: number): number {
  return Math.max(1_000, Math.round(ms / 1_000) * 1_000);
}

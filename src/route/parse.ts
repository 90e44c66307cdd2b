import { parseCapture } from './capture.ts';
import { FULL_EXPOSURE, UNSET_FLAG, type FlagState, type RoutingState, type ShadowRates } from './state.ts';

const DEFAULT_STALE_MS = 10_000;

/**
 * A stored routing state. Tolerates one from a version one step away: unknown members are dropped, missing ones get
 * what is safe. `undefined` for what is no routing state; the caller then knows nothing, which is control.
 */
export function parseRoutingState(json: unknown): RoutingState | undefined {
  const from = asRecord(json);
  const { migration, environment, epoch, salt } = from ?? {};
  if (from === undefined || typeof migration !== 'string' || typeof environment !== 'string')
    return undefined;
  if (typeof epoch !== 'number' || !Number.isInteger(epoch) || typeof salt !== 'string') return undefined;
  const repositories = Object.entries(asRecord(from['repositories']) ?? {}).map(([name, flag]) => [
    name,
    parseFlag(flag),
  ]);
  const stale = from['staleAfterMs'];
  const capture = parseCapture(from['capture']);
  const shadow = parseShadow(from['shadow']);
  return {
    v: 1,
    migration,
    environment,
    epoch,
    salt,
    failSide: from['failSide'] === 'candidate' ? 'candidate' : 'control',
    byEnvironment: from['byEnvironment'] === true,
    global: parseFlag(from['global']),
    repositories: Object.fromEntries(repositories),
    allow: texts(from['allow']),
    deny: texts(from['deny']),
    ...(shadow === undefined ? {} : { shadow }),
    staleAfterMs: typeof stale === 'number' && stale > 0 ? stale : DEFAULT_STALE_MS,
    ...(capture === undefined ? {} : { capture }),
  };
}

/** A flag that cannot be read is no exposure; one that was killed stays so in any spelling. */
function parseFlag(json: unknown): FlagState {
  const from = asRecord(json);
  if (from === undefined) return UNSET_FLAG;
  const { exposure, of, killed } = from;
  const isExposure = typeof exposure === 'number' && exposure >= 0 && exposure <= FULL_EXPOSURE;
  return {
    exposure: isExposure ? exposure : 'unset',
    of: of === 'users' || of === 'instances' ? of : 'traffic',
    instances: texts(from['instances']),
    killed: killed === 'hard' ? 'hard' : killed === undefined || killed === false ? false : 'drain',
  };
}

/** What cannot be read is not shadowed. */
function parseShadow(json: unknown): ShadowRates | undefined {
  const from = asRecord(json);
  if (from === undefined) return undefined;
  const rate = (value: unknown): number =>
    typeof value === 'number' && value >= 0 && value <= FULL_EXPOSURE ? value : 0;
  const named = Object.entries(asRecord(from['repositories']) ?? {});
  return {
    all: rate(from['all']),
    repositories: Object.fromEntries(named.map(([name, value]) => [name, rate(value)])),
  };
}

function texts(json: unknown): readonly string[] {
  return Array.isArray(json) ? json.filter((one) => typeof one === 'string') : [];
}

function asRecord(json: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : undefined;
}

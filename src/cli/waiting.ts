import { CutoverError, formatDuration } from '../kernel/index.ts';
import type { StatusDocument, StatusReader } from '../report/index.ts';
import type { Context } from './command.ts';

const LOOK_MS = 100;

/** Live instances that have not acknowledged the newest epoch. */
export function missingInstances({ instances, routing }: StatusDocument): readonly string[] {
  const epoch = routing?.epoch ?? 0;
  return instances
    .filter(({ liveness, acknowledged }) => liveness !== 'gone' && acknowledged < epoch)
    .map(({ instance }) => instance);
}

/**
 * Reads the status until it is as wanted. Writes nothing.
 *
 * @param timeoutMs `null` waits for as long as it takes
 * @throws CutoverError `TIMEOUT` with where it stands; the signal's reason when a person interrupts
 */
export async function untilReached(
  { clock, signal }: Context,
  reader: StatusReader,
  isReached: (status: StatusDocument) => boolean,
  timeoutMs: number | null,
): Promise<StatusDocument> {
  const began = clock.monotonic();
  for (;;) {
    const status = await reader.read();
    if (isReached(status)) return status;
    if (timeoutMs !== null && clock.monotonic() - began > timeoutMs) throw timedOut(status, timeoutMs);
    await clock.sleep(LOOK_MS, signal);
  }
}

function timedOut(status: StatusDocument, timeoutMs: number): CutoverError {
  const missing = missingInstances(status);
  const waits =
    missing.length > 0 ? `missing: ${missing.join(', ')}` : (status.waitingFor ?? status.sentence);
  return new CutoverError('TIMEOUT', `not within ${formatDuration(timeoutMs)}; ${waits}`, {
    hint: `see cutover status --environment ${status.environment}`,
    details: { state: status.state, missing },
  });
}

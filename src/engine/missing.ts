import { isSettled, type InstanceView } from './instances.ts';
import type { Rollback, State } from './state.ts';

/** The instances that a rollback waits for. */
export function missingFrom(
  { routing }: Pick<State, 'routing'>,
  { epoch, covers }: Rollback,
  instances: readonly InstanceView[],
): readonly InstanceView[] {
  const newest = routing?.epoch ?? 0;
  return instances.filter((view) => !isSettled(view, epoch, newest) || stillServes(view, covers));
}

/** An instance that says it serves the candidate has taken nothing back, whatever it acknowledged. */
function stillServes({ liveness, status }: InstanceView, repositories: readonly string[] | null): boolean {
  if (liveness === 'gone') return false;
  return Object.entries(status?.serving ?? {}).some(
    ([name, { side }]) => side !== 'control' && (repositories?.includes(name) ?? true),
  );
}

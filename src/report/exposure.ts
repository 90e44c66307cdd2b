import type { State } from '../engine/index.ts';
import { createWindow, latencyOf, type Window } from '../gate/index.ts';
import type { TelemetryBatch } from '../measure/index.ts';
import type { Plan } from '../plan/index.ts';
import { isKilled, shadowRate, type Local } from '../route/index.ts';
import type { SideStatus } from './requests.ts';

export type ExposureStatus = {
  readonly repository: string;
  readonly flag: string;
  /** Percent; `null` is unset. */
  readonly set: number | null;
  readonly of: string;
  /** Which flag says so: the repository's own, or the global one. */
  readonly decides: 'repository' | 'global';
  readonly killed: boolean;
  /** Percent of the calls of the last seconds; `null` without calls. */
  readonly actual: number | null;
  readonly control: SideStatus;
  readonly candidate: SideStatus;
  /** Reads that also run on the other side; `null` where none do. */
  readonly shadow: ShadowStatus | null;
};

export type ShadowStatus = {
  /** Percent of the reads. */
  readonly sample: number;
  /** Answers of the last seconds that were compared, and those that differed and nobody explained. */
  readonly compared: number;
  readonly differed: number;
};

/** What one instance knows and the stored state does not. */
const NOTHING_LOCAL: Local = {
  instance: '',
  override: { repository: undefined, global: undefined },
  guardTripped: false,
  localKill: false,
  stale: false,
};

/** What each repository was set to, and what it does. */
export function exposureOf(
  plan: Plan,
  { routing }: Pick<State, 'routing'>,
  batches: readonly TelemetryBatch[],
): readonly ExposureStatus[] {
  const window = createWindow(Infinity, 0);
  for (const batch of batches) window.add('', batch, 0);
  return Object.entries(plan.repositories).map(([repository, { name: flag }]) => {
    const own = routing?.repositories[repository];
    const isGlobal = own === undefined || own.exposure === 'unset';
    const decides = isGlobal ? routing?.global : own;
    const { control, candidate } = window.calls(0, [repository]);
    const total = control.calls + candidate.calls;
    const { compared, differed } = window.shadowed(0, [repository]);
    const sample = routing === null ? 0 : shadowRate(routing, repository, NOTHING_LOCAL) / 100;
    return {
      repository,
      flag,
      set: decides === undefined || decides.exposure === 'unset' ? null : decides.exposure / 100,
      of: decides?.of ?? 'traffic',
      decides: isGlobal ? ('global' as const) : ('repository' as const),
      killed: routing !== null && isKilled(routing, repository) !== false,
      actual: total === 0 ? null : (candidate.calls / total) * 100,
      control: sideOf(control),
      candidate: sideOf(candidate),
      shadow: sample === 0 ? null : { sample, compared, differed },
    };
  });
}

function sideOf(calls: ReturnType<Window['calls']>['control']): SideStatus {
  return { calls: calls.calls, errors: calls.errors, p95Ms: latencyOf(calls, 95) };
}

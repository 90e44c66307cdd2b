export { recordBaseline } from './baseline.ts';
export { Controller, type ControllerOptions, type EffectPort, type EffectResult } from './controller.ts';
export {
  fromStored,
  toDraft,
  type CutoverEvent,
  type Evidence,
  type PauseCause,
  type RecordedRow,
  type Registration,
  type Settled,
} from './events.ts';
export { evolve, fold, isExposed } from './evolve.ts';
export { InstanceWatcher, isSettled, type InstanceView } from './instances.ts';
export { CONTROLLER_LEASE_MS } from './lease.ts';
export { next, rowsOf, waitingFor, type Tick } from './next.ts';
export { appendEvents, loadState, operate, requestFlag } from './operate.ts';
export { killedFlags, requestEvents, type OperatorRequest, type PlanDifference } from './request.ts';
export { assignSlots, namedInstances } from './slots.ts';
export { register, registrationOf, startRun, type StartOptions } from './start.ts';
export {
  activeRun,
  emptyState,
  streamOf,
  type Baseline,
  type Look,
  type Rollback,
  type Run,
  type RunStatus,
  type RunSummary,
  type State,
} from './state.ts';

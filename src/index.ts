export { CutoverError, type ErrorCode } from './kernel/index.ts';
export { defineCutover, type PlanInput } from './plan/index.ts';
export {
  createCutover,
  type Agent,
  type AgentStatus,
  type Cutover,
  type CutoverOptions,
  type Explanation,
  type FlagChange,
  type RepositoryOptions,
  type Scope,
  type Shadow,
  type Source,
} from './repository/index.ts';
export type { FlagState, RoutingState, Side } from './route/index.ts';

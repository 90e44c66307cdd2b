import { AsyncLocalStorage } from 'node:async_hooks';
// This folder is a package of its own, so `cutover` does not resolve to the project here.
import type { Agent, RoutingState, Source } from '../src/index.ts';
import { systemClock } from '../src/kernel/index.ts';

/** Nobody is exposed to anything. */
export const STATE: RoutingState = {
  v: 1,
  migration: 'bench',
  environment: 'production',
  epoch: 1,
  salt: 'bench',
  failSide: 'control',
  staleAfterMs: 10_000,
  byEnvironment: false,
  allow: [],
  deny: [],
  global: { exposure: 0, of: 'traffic', instances: [], killed: false },
  repositories: {},
};

/** A source that knows its state and has the scope of `cutover/node`. */
export function memorySource(state: Partial<RoutingState>): {
  readonly source: Source;
  readonly agent: () => Agent;
} {
  let connected: Agent | undefined;
  const source: Source = {
    instance: 'one',
    environment: 'production',
    env: {},
    clock: systemClock,
    random: Math.random,
    scope: new AsyncLocalStorage<unknown>(),
    connect: (agent) => {
      connected = agent;
      agent.apply({ ...STATE, ...state }, Infinity);
    },
    setFlag: () => Promise.reject(new Error('not here')),
    refresh: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const agent = (): Agent => {
    if (connected === undefined) throw new Error('createCutover did not connect');
    return connected;
  };
  return { source, agent };
}

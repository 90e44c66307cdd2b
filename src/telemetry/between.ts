import type { Agent, Source } from '../repository/index.ts';

/**
 * The same source with something between it and the runtime.
 *
 * @param change makes the agent that the source gets from the one that the runtime gives
 * @param more what the source itself does otherwise
 */
export function between(
  source: Source,
  change: (agent: Agent) => Partial<Agent>,
  more: Partial<Source> = {},
): Source {
  return {
    instance: source.instance,
    environment: source.environment,
    env: source.env,
    clock: source.clock,
    random: source.random,
    ...(source.scope === undefined ? {} : { scope: source.scope }),
    ...(source.strikes === undefined ? {} : { strikes: source.strikes }),
    connect: (agent) => source.connect({ ...unbound(agent), ...change(agent) }),
    setFlag: (asked) => source.setFlag(asked),
    refresh: () => source.refresh(),
    close: () => source.close(),
    ...more,
  };
}

function unbound(agent: Agent): Agent {
  return {
    apply: (state, freshUntil) => agent.apply(state, freshUntil),
    amend: (amend) => agent.amend(amend),
    renewed: (freshUntil) => agent.renewed(freshUntil),
    localKill: (killed) => agent.localKill(killed),
    status: () => agent.status(),
    drain: () => agent.drain(),
    onAcknowledge: (listener) => agent.onAcknowledge(listener),
  };
}

import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { Json } from '../kernel/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { replayRun } from '../report/index.ts';
import { parseDisturbance, simulate } from '../simulate/index.ts';
import type { StoredEvent } from '../store/index.ts';

const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { production: {} },
  metrics: {
    errors: { kind: 'errorRate', expected: 0 },
    p95: { kind: 'latency', quantile: 95, expected: '50ms' },
    memory: { kind: 'gauge', gauge: 'rss', expected: '100MB' },
  },
  matrix: [
    { title: 'Errors', metric: 'errors', yellow: '0.1%', red: '0.5%' },
    { title: 'Response time', metric: 'p95', against: 'control', yellow: '5%', red: '10%' },
    { title: 'Memory', metric: 'memory', red: '150MB', onRed: 'pause' },
  ],
  phases: [
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 10, of: 'users' },
        { kind: 'hold', for: '2h' },
      ],
    },
  ],
  rollback: { budget: '1m' },
};
const { plan, hash } = parsePlan(input);

/** The log of a simulated run, as a store would give it back. */
function logOf(...disturbances: readonly string[]): readonly StoredEvent[] {
  const scenario = {
    disturbances: disturbances.map(parseDisturbance),
    callsPerSecond: 50,
    instances: 10,
    operatorMs: null,
  };
  return simulate(plan, hash, scenario, ['production']).timeline.map(({ at, event }, index) => {
    const { kind, ...body } = JSON.parse(JSON.stringify(event)) as { kind: string };
    const seq = index + 1;
    return { seq, at, kind, v: 1, body: body as Json, hash: `simulated-${seq}`, previousHash: '' };
  }) as unknown as readonly StoredEvent[];
}

const replay = (log: readonly StoredEvent[], edited: PlanInput | null = null) =>
  replayRun('swap/production', log, null, edited === null ? null : parsePlan(edited).plan);

describe('a replay', () => {
  const bad = logOf('errors=1%@30m');

  it('says of every look what the log says, byte for byte', () => {
    for (const log of [logOf(), bad, logOf('slower=30%@20m'), logOf('outage@10m..20m')]) {
      const result = replay(log);
      expect(result?.looks).toBe(log.filter(({ kind }) => kind === 'gate.looked').length);
      expect(result?.differences).toEqual([]);
    }
  });

  it('notices a look that the code would not have judged so', () => {
    const forged = bad.map((event) => {
      if (event.kind !== 'gate.looked') return event;
      return JSON.parse(JSON.stringify(event).replaceAll('"fail"', '"pass"')) as StoredEvent;
    });
    const result = replay(forged);
    expect(result?.differences.length).toBeGreaterThan(0);
    expect(result?.differences[0]?.replayed).toEqual({ verdict: 'fail', action: 'rollback' });
  });

  it('shows what another limit would have done', () => {
    const [errors, time, memory] = input.matrix;
    const wide = {
      ...input,
      matrix: [{ ...(errors ?? never()), yellow: '2%', red: '5%' }, time ?? never(), memory ?? never()],
    } as PlanInput;
    const result = replay(bad, wide);
    expect(result?.differences.at(-1)).toMatchObject({
      recorded: { verdict: 'fail', action: 'rollback' },
      replayed: { action: null },
    });
    expect(result?.byLooks).toEqual([]);
  });

  it('says which rows it cannot judge as a run would have', () => {
    const [errors, time] = input.matrix;
    const edited = {
      ...input,
      matrix: [
        errors ?? never(),
        { ...(time ?? never()), red: '20%' },
        { title: 'CPU', metric: 'memory', red: '1GB' },
      ],
    } as PlanInput;
    const result = replay(bad, edited);
    expect(result?.byLooks).toEqual(['Response time']);
    expect(result?.unknown).toEqual(['CPU']);
  });

  it('has nothing to say of a run that is not there', () => {
    expect(replayRun('swap/production', bad, 'production-9', null)).toBeNull();
    expect(replayRun('swap/production', [], null, null)).toBeNull();
  });
});

function never(): never {
  throw new Error('the plan has three rows');
}

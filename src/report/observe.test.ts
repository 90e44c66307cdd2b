import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { registrationOf } from '../engine/index.ts';
import { systemClock, type Json } from '../kernel/index.ts';
import type { Store, StoredEvent } from '../store/index.ts';
import { StatusReader } from './observe.ts';

const { plan } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { production: {} },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  phases: [
    { id: 'all', environment: 'production', steps: [{ kind: 'expose', exposure: 100, of: 'traffic' }] },
  ],
  rollback: { budget: '1m' },
});

const eventAt = (seq: number): StoredEvent => ({
  stream: 'swap/production',
  seq,
  at: seq,
  kind: 'migration.registered',
  v: 1,
  body: JSON.parse(JSON.stringify({ registration: registrationOf(plan, 'production') })) as Json,
  prev: seq === 1 ? '' : `h${seq - 1}`,
  hash: `h${seq}`,
});

describe('a log that was never read', () => {
  it('is read once by pages, whoever asks for its state meanwhile', async () => {
    const length = 3_210;
    const asked: number[] = [];
    let most = 0;
    const read: Store['read'] = async (_, after = 0, limit = Infinity) => {
      asked.push(after);
      most = Math.max(most, limit);
      return Array.from({ length: Math.min(limit, length - after) }, (__, at) => eventAt(after + at + 1));
    };
    // Nothing else is asked of it.
    const store = { read } as Store;
    const reader = new StatusReader(store, systemClock, plan, 'production');
    const states = await Promise.all([reader.state(), reader.state(), reader.state()]);
    expect(states.map(({ seq }) => seq)).toEqual([length, length, length]);
    expect(asked.filter((after) => after === 0)).toHaveLength(1);
    expect(most).toBeLessThanOrEqual(1_001);
  });
});

import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { systemClock, type Clock } from '../kernel/index.ts';
import { ProbeRunner } from './probes.ts';

const { plan } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { production: {} },
  probes: {
    shop: { url: 'http://localhost/shop', every: '10s', timeout: '2s' },
    idle: { url: 'http://localhost/idle' },
  },
  metrics: {
    errors: { kind: 'errorRate' },
    shop: { kind: 'probeFailures', probe: 'shop' },
    idle: { kind: 'probeFailures', probe: 'idle' },
  },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  gates: {
    shop: [{ title: 'Shop', metric: 'shop', red: '10%' }],
    idle: [{ title: 'Idle', metric: 'idle', red: '1%' }],
  },
  phases: [{ id: 'all', environment: 'production', steps: [{ kind: 'gate', gate: 'shop' }] }],
  rollback: { budget: '1m' },
});

function runner() {
  let now = 0;
  const open: ((said: string | null) => void)[] = [];
  const urls: string[] = [];
  const clock: Clock = { ...systemClock, monotonic: () => now };
  const port = {
    ask: ({ url }: { readonly url: string }) => {
      urls.push(url);
      return new Promise<string | null>((resolve) => open.push(resolve));
    },
  };
  const probes = new ProbeRunner(port, clock);
  return {
    probes,
    urls,
    at: (ms: number, gate: string | null = 'shop', timeScale = 1) => {
      now = ms;
      probes.turn(plan, gate, timeScale, 60_000);
    },
    answer: async (ms: number, said: string | null) => {
      now = ms;
      open.shift()?.(said);
      // Two turns of the queue of promises: the port's, and the runner's own.
      await Promise.resolve();
      await Promise.resolve();
    },
    shop: () => probes.samples(plan)['shop'],
  };
}

describe('probes', () => {
  it('are asked while rows judge them, in their rhythm, one request at a time', async () => {
    const { at, answer, urls, shop } = runner();
    at(0, null);
    at(0, 'matrix');
    expect(urls).toEqual([]);
    at(0);
    at(15_000);
    expect(urls).toEqual(['http://localhost/shop']);
    await answer(15_500, null);
    at(15_600);
    expect(urls).toHaveLength(2);
    await answer(15_700, 'GET: 503');
    at(25_599);
    expect(urls).toHaveLength(2);
    at(25_600);
    expect(urls).toHaveLength(3);
    expect(shop()?.samples).toEqual([
      { at: 15_500, ok: true, ms: 15_500, said: null },
      { at: 15_700, ok: false, ms: 100, said: 'GET: 503' },
    ]);
  });

  it('are late when nothing came for longer than their rhythm and their patience', async () => {
    const { at, answer, shop } = runner();
    at(0);
    await answer(100, null);
    at(12_000, null);
    expect(shop()?.lateMs).toBe(0);
    at(12_101, null);
    expect(shop()?.lateMs).toBe(12_001);
  });

  it('forget what was asked before a change of exposure, also what is answered after it', async () => {
    const { probes, at, answer, shop } = runner();
    at(0);
    at(1, 'shop');
    probes.clear();
    await answer(50, null);
    expect(shop()?.samples).toEqual([]);
  });

  it('keep to a second at the least on a faster clock', async () => {
    const { at, answer, urls } = runner();
    at(0, 'shop', 3_600);
    await answer(10, null);
    at(999, 'shop', 3_600);
    expect(urls).toHaveLength(1);
    at(1_000, 'shop', 3_600);
    expect(urls).toHaveLength(2);
  });
});

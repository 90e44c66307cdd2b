import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, type LoadedConfig } from '../../src/config/index.ts';
import { instantOf, dateNumber } from '../../src/kernel/index.ts';
import { simulate, type Simulation } from '../../src/simulate/index.ts';

const EVERYTHING = ['user', 'customer', 'bike', 'item', 'repair', 'transaction'];
const ZONE = 'Europe/Rome';
/** A Monday. Clocks go forward on Sunday the 29th, between the items and the repairs. */
const DAY_ONE = '2026-03-16';

let config: LoadedConfig;
let played: Simulation;
const startAt = instantOf(dateNumber(DAY_ONE) ?? 0, 9 * 60, ZONE);

/** Local time of a moment of the simulation. */
const local = (at: number): string =>
  new Date(startAt + at).toLocaleString('sv-SE', { timeZone: ZONE }).slice(0, 16);

beforeAll(async () => {
  config = await loadConfig(join(import.meta.dirname, 'cutover.config.ts'));
  const scenario = { disturbances: [], callsPerSecond: 40, instances: 3, startAt, operatorMs: 900_000 };
  played = simulate(config.plan, config.hash, scenario, ['production']);
});

/** When a step is entered, by phase. */
function entered(phase: string, step: string): number {
  const found = played.timeline.find(
    ({ event }) => event.kind === 'step.entered' && event.phase === phase && event.step === step,
  );
  if (found === undefined) throw new Error(`${phase}/${step} was not entered`);
  return found.at;
}

describe('plan 001 on its own dates', () => {
  it('goes through, from its first day to the day on which Prisma may be removed', () => {
    expect(played.outcome).toBe('completed');
    expect(local(entered('pre-deployment', 'command-1')).slice(0, 10)).toBe(DAY_ONE);
    expect(local(entered('global', 'expose-1'))).toBe('2026-04-06 05:00');
    expect(local(entered('cleanup', 'gate-1')).slice(0, 10)).toBe('2026-04-14');
  });

  it('begins each repository on its day, at five in the morning, before and after clocks change', () => {
    expect(EVERYTHING.map((name) => local(entered(name, 'command-1')))).toEqual([
      '2026-03-18 05:00',
      '2026-03-20 05:00',
      '2026-03-24 05:00',
      '2026-03-26 05:00',
      '2026-03-30 05:00',
      '2026-04-01 05:00',
    ]);
  });

  it('compares answers before it exposes a repository, and ends that when the repository is through', () => {
    for (const name of EVERYTHING) {
      const [shadow, first, last] = ['shadow-1', 'expose-1', 'shadow-2'].map((step) => entered(name, step));
      expect(shadow).toBeLessThan(first ?? 0);
      expect(first).toBeLessThan(last ?? 0);
    }
  });

  it('raises the global flag when all six are at 100 %', () => {
    const global = entered('global', 'expose-1');
    for (const name of EVERYTHING) {
      const full = name === 'transaction' ? 'expose-4' : 'expose-3';
      expect(entered(name, full)).toBeLessThan(global);
    }
    const { phases } = config.plan;
    const [check, raise] = phases.find(({ id }) => id === 'global')?.steps ?? [];
    expect([check?.kind, raise?.kind]).toEqual(['command', 'expose']);
  });

  it('lets nobody remove Prisma before a week of stability was watched', () => {
    const week = 7 * 24 * 3_600_000;
    expect(entered('cleanup', 'gate-1') - entered('stability', 'hold-1')).toBeGreaterThanOrEqual(week);
    const cleanup = config.plan.phases.at(-1);
    expect(cleanup?.needs).toEqual({ checklists: ['before-cleanup'], approvals: ['Lead engineer'] });
  });

  it('takes everything back when it breaks in that week', () => {
    const from = entered('stability', 'hold-1') + 3_600_000;
    const scenario = {
      disturbances: [{ kind: 'errors' as const, rate: 0.5, from, until: from + 3_600_000 }],
      callsPerSecond: 40,
      instances: 3,
      startAt,
      operatorMs: 900_000,
    };
    const { timeline } = simulate(config.plan, config.hash, scenario, ['production']);
    const back = timeline.find(({ event }) => event.kind === 'rollback.started');
    expect(back?.at).toBeGreaterThan(from);
    expect(back?.at).toBeLessThan(from + 3_600_000);
  });
});

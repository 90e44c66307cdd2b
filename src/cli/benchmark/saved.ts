import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { CutoverError, describeError } from '../../kernel/index.ts';
import type { Side } from '../../route/index.ts';
import type { MeasuredOperation } from './rounds.ts';
import type { Rounds } from './statistics.ts';

/** Where times were taken: those of another machine or Node compare badly. */
export type Machine = {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
};

/** Times by operation and side. */
export type SavedTimes = ReadonlyMap<string, Partial<Readonly<Record<Side, Rounds>>>>;

export type Saved = {
  readonly plan: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly machine: Machine;
  readonly times: SavedTimes;
};

const SCHEMA = 'cutover.benchmark-times/1';

export function thisMachine(): Machine {
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
  };
}

/** How two machines differ, in words; empty when they do not. */
export function differencesOf(now: Machine, then: Machine): readonly string[] {
  const keys = ['node', 'platform', 'cpu', 'cores'] as const;
  return keys.flatMap((key) => (now[key] === then[key] ? [] : [`${key} ${then[key]}, now ${now[key]}`]));
}

/** All times, so that they can be compared with an interval later. Those of an operation with a fault are none. */
export function save(
  file: string,
  about: Pick<Saved, 'plan' | 'at' | 'machine'>,
  measured: readonly MeasuredOperation[],
): void {
  const operations = measured.flatMap(({ name, times, fault }) => (fault === null ? [{ name, times }] : []));
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify({ schema: SCHEMA, ...about, operations }, rounded)}\n`);
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new CutoverError('USAGE', `${file} cannot be written: ${describeError(error)}`, {
      hint: 'name a file in a folder that may be written to: --save',
      cause: error,
    });
  }
}

/** Times to a hundred nanoseconds at most: more digits are the clock's noise. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}

/** @throws CutoverError `USAGE` for a file that `--save` did not write */
export function readSaved(file: string): Saved {
  const refused = (why: string): CutoverError =>
    new CutoverError('USAGE', `${file}: ${why}`, {
      hint: 'write one first: cutover benchmark --save <file>',
    });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refused(describeError(error));
  }
  if (!isRecord(value) || value['schema'] !== SCHEMA) throw refused(`it holds no times (${SCHEMA})`);
  const { plan, at, machine, operations } = value;
  if (typeof plan !== 'string' || typeof at !== 'number' || !isRecord(machine) || !Array.isArray(operations))
    throw refused('it is not whole');
  const text = (key: string): string => String(machine[key]);
  return {
    plan,
    at,
    machine: {
      node: text('node'),
      platform: text('platform'),
      cpu: text('cpu'),
      cores: Number(machine['cores']),
    },
    times: new Map(
      operations.map((one: unknown) => {
        if (!isRecord(one) || typeof one['name'] !== 'string' || !isRecord(one['times']))
          throw refused('an operation in it is not whole');
        const sides = Object.entries(one['times']).map(([side, rounds]) => {
          if ((side !== 'control' && side !== 'candidate') || !isRounds(rounds))
            throw refused(`the times of ${String(one['name'])} are none`);
          return [side, rounds] as const;
        });
        return [one['name'], Object.fromEntries(sides)] as const;
      }),
    ),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRounds(value: unknown): value is Rounds {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (round) =>
        Array.isArray(round) &&
        round.length > 0 &&
        round.every((ms) => typeof ms === 'number' && Number.isFinite(ms) && ms >= 0),
    )
  );
}

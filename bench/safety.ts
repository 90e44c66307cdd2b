import { createCutover } from '../src/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { shadow } from '../src/shadow/index.ts';
import { figure, type Outcome } from './figure.ts';
import { launchDarkly } from './launchdarkly.ts';
import { memorySource } from './memory-source.ts';
import { load, readyPeers } from './peers.ts';

type Argument = { id: number };
type Find = (argument: Argument) => Promise<number>;
/** What compares two answers, where a library asks for it: in `check`, or where its results are published. */
type Compare = () => boolean;
/** Runs both sides and answers with control's, as its library does it. */
type Wrap = (control: Find, candidate: Find, compare: Compare) => Find;
type Subject = { readonly name: string; readonly wrap: Wrap; readonly close?: () => void };
type Fault = { readonly candidate: Find; readonly control?: Find; readonly compare?: Compare };

const CALLS = 5;
const CONTROL_MS = 5;
/** A caller who waits longer than this waits for something else than control. */
const LATE_MS = 100;
const sleep = (ms: number): Promise<void> => systemClock.sleep(ms);

const fine: Find = async ({ id }) => id;
const FAULTS = {
  slow: {
    candidate: async ({ id }) => {
      await sleep(200);
      return id;
    },
  },
  hanging: { candidate: () => new Promise(() => {}) },
  rejecting: {
    candidate: async () => {
      throw new Error('the candidate');
    },
  },
  throwing: {
    candidate: () => {
      throw new Error('the candidate');
    },
  },
  changing: {
    candidate: async (argument) => {
      const { id } = argument;
      argument.id = 99;
      return id;
    },
  },
  comparing: {
    candidate: fine,
    compare: () => {
      throw new Error('the comparison');
    },
  },
  failing: {
    candidate: fine,
    control: async () => {
      await sleep(CONTROL_MS);
      throw new Error('control');
    },
  },
} as const satisfies Readonly<Record<string, Fault>>;

/**
 * Which callers are harmed: they do not get control's own answer or error, or not when control has it. Control serves and
 * the candidate is compared with; in LaunchDarkly's `live` the candidate serves, and control is what is compared with.
 */
export default async function measure(): Promise<Outcome> {
  const { peers, missing } = await readyPeers<Subject>({
    'LaunchDarkly, shadow': () => migration('shadow'),
    'LaunchDarkly, live': () => migration('live'),
    tzientist,
  });
  const harmed = async (fault: Fault) => {
    const shares: { name: string; value: number }[] = [];
    for (const subject of peers)
      shares.push({ name: subject.name, value: await harmedBy(subject.wrap, fault) });
    return [await harmedBy(ours, fault), shares] as const;
  };
  const figures = [
    figure('the candidate takes 200 ms', ...(await harmed(FAULTS.slow))),
    figure('the candidate never answers', ...(await harmed(FAULTS.hanging))),
    figure('the candidate rejects', ...(await harmed(FAULTS.rejecting))),
    figure('the candidate throws at once', ...(await harmed(FAULTS.throwing))),
    figure('the candidate changes its argument', ...(await harmed(FAULTS.changing))),
    figure('the comparison throws', ...(await harmed(FAULTS.comparing))),
    figure('control fails, the candidate does not', ...(await harmed(FAULTS.failing))),
  ];
  for (const { close } of peers) close?.();
  return { figures, missing };
}

/** Percent of the calls. */
async function harmedBy(
  wrap: Wrap,
  { candidate, control = byId, compare = () => true }: Fault,
): Promise<number> {
  const find = wrap(control, candidate, compare);
  let harmed = 0;
  for (let id = 1; id <= CALLS; id += 1) {
    const expected = await outcomeOf(control({ id }));
    const late = sleep(LATE_MS).then(() => 'late');
    if ((await Promise.race([outcomeOf(find({ id })), late])) !== expected) harmed += 1;
  }
  return (harmed / CALLS) * 100;
}

const byId: Find = async (argument) => {
  await sleep(CONTROL_MS);
  return argument.id;
};

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    return `answer ${String(await call)}`;
  } catch (error) {
    return `error ${error instanceof Error ? error.message : String(error)}`;
  }
}

const ours: Wrap = (control, candidate, compare) => {
  const { source } = memorySource({ shadow: { all: 10_000, repositories: {} } });
  const plan = { id: 'bench', repositories: { user: {} } };
  const cutover = createCutover(plan, { source, shadow: shadow({ inFlight: CALLS }) });
  const sides = { control: { find: control }, candidate: { find: candidate } };
  return cutover.repository('user', { ...sides, reads: ['find'], shadow: { compare } }).find;
};

async function migration(stage: 'shadow' | 'live'): Promise<Subject> {
  const { client, sdk } = await launchDarkly('swap', [stage], [100_000]);
  type Migration = {
    read(
      flag: string,
      context: object,
      stage: string,
      argument: Argument,
    ): Promise<{ readonly success: boolean; readonly result?: unknown; readonly error?: unknown }>;
  };
  const create = sdk['createMigration'] as (client: object, options: object) => Migration;
  const success = sdk['LDMigrationSuccess'] as (value: unknown) => unknown;
  const wrap: Wrap = (control, candidate, compare) => {
    const made = create(client, {
      readOld: async (argument: Argument) => success(await control(argument)),
      readNew: async (argument: Argument) => success(await candidate(argument)),
      writeOld: async () => success(0),
      writeNew: async () => success(0),
      check: compare,
    });
    return async (argument) => {
      const read = await made.read('swap', { kind: 'user', key: 'ana' }, 'off', argument);
      if (!read.success) throw read.error;
      return Number(read.result);
    };
  };
  return { name: `LaunchDarkly, ${stage}`, wrap, close: () => client.close() };
}

async function tzientist(): Promise<Subject> {
  type Make = (options: object) => Find;
  const { experimentAsync } = await load<{ readonly experimentAsync: Make }>('tzientist');
  const wrap: Wrap = (control, candidate, compare) =>
    experimentAsync({
      name: 'swap',
      control,
      candidate,
      options: { inParallel: true, publish: () => void compare() },
    });
  return { name: 'tzientist', wrap };
}

import { createCutover } from '../src/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { shadow } from '../src/shadow/index.ts';
import { memorySource } from './memory-source.ts';
import { median } from './timing.ts';

const CALLS = 60;
const sleep = (ms: number): Promise<void> => systemClock.sleep(ms);

type Find = (id: number) => Promise<string>;

const CANDIDATES: Readonly<Record<string, Find>> = {
  'answers at once': async () => 'candidate',
  'takes 200 ms': async () => {
    await sleep(200);
    return 'candidate';
  },
  'never answers': () => new Promise(() => {}),
  rejects: async () => {
    throw new Error('no');
  },
  'throws at once': () => {
    throw new Error('no');
  },
};

/** Milliseconds by which a call in the shadow is longer than one that is not, with the worst of some candidates. */
export async function addedWait(): Promise<number> {
  const waits: number[] = [];
  for (const candidate of Object.values(CANDIDATES)) waits.push(await addedBy(candidate));
  return Math.max(...waits);
}

async function addedBy(candidate: Find): Promise<number> {
  const [without, shadowed] = [reader(candidate, 0), reader(candidate, 10_000)];
  const apart: number[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    // In turns, and each as often first: what slows the machine down slows both.
    const [first, second] = call % 2 === 0 ? [without, shadowed] : [shadowed, without];
    const [one, other] = [await timed(first), await timed(second)];
    apart.push(call % 2 === 0 ? other - one : one - other);
  }
  return Math.max(0, median(apart));
}

function reader(candidate: Find, rate: number): Find {
  const { source } = memorySource({ shadow: { all: rate, repositories: {} } });
  const cutover = createCutover(
    { id: 'bench', repositories: { user: {} } },
    // Room for all of them: what is dropped is not waited for anyway.
    { source, shadow: shadow({ inFlight: CALLS, twice: 0 }) },
  );
  const control: Find = async () => {
    await sleep(2);
    return 'control';
  };
  return cutover.repository('user', {
    control: { find: control },
    candidate: { find: candidate },
    reads: ['find'],
  }).find;
}

async function timed(find: Find): Promise<number> {
  const began = performance.now();
  await find(1);
  return performance.now() - began;
}

// `npm run certify -- [runs] [part of a shape's name]`: how often identical code is taken back, in every traffic shape.
// A certification that was cut off goes on where it was; the parts are in .cutover/certify.json.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { addTallies, certificatesOf, plansFor, type Part, type Tallies } from '../bench/certify.ts';
import { partsIn, type Parts } from '../bench/certify-parts.ts';
import { SHAPES, type Shape } from '../bench/worlds.ts';

const RUNS = 2_000;
/** Runs in one part: some seconds of work. */
const PART = 50;
const [given, wanted = ''] = process.argv.slice(2);
const runs = given === undefined ? RUNS : Number(given);
const shapes = SHAPES.filter(({ name }) => name.includes(wanted));
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`certify: expected a number of runs, got "${given}"`);
  process.exit(2);
}
if (shapes.length === 0) {
  console.error(
    `certify: no shape is called "${wanted}"; there are ${SHAPES.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

const root = join(import.meta.dirname, '..');
const parts = partsIn(join(root, '.cutover/certify.json'), root);
const threads = Array.from(
  { length: Math.min(availableParallelism(), Math.ceil(runs / PART)) },
  () => new Worker(new URL('../bench/certify-thread.ts', import.meta.url)),
);
let failed = 0;
for (const shape of shapes) {
  const began = performance.now();
  console.log(`${shape.name}: ${runs} runs of three hours`);
  for (const { rows, taken, asked, atLeast, holds } of certificatesOf(
    shape,
    runs,
    await played(shape, parts),
  )) {
    if (!holds) failed += 1;
    const rate = ((100 * taken) / runs).toFixed(2);
    const bound = (100 * atLeast).toFixed(2);
    console.log(
      `  ${holds ? '✔' : '✖'} ${rows.padEnd(24)} taken back ${taken}, ${rate.padStart(5)} % (at least ${bound} %), asked ${((100 * asked) / runs).toFixed(1)} %`,
    );
  }
  console.log(`  ${((performance.now() - began) / 1_000).toFixed(0)}s`);
}
await Promise.all(threads.map((thread) => thread.terminate()));
process.exitCode = failed === 0 ? 0 : 1;

/** Every thread takes the next part as soon as it is free. */
async function played(shape: Shape, known: Parts): Promise<Tallies> {
  const waiting: Part[] = [];
  for (let from = 0; from < runs; from += PART) waiting.push({ from, runs: Math.min(PART, runs - from) });
  let sum: Tallies = plansFor(shape).map(() => ({ taken: 0, asked: 0 }));
  const work = async (thread: Worker): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const before = known.find(shape.name, part);
      const tallies = before ?? (await playedBy(thread, shape, part));
      if (before === undefined) known.add(shape.name, part, tallies);
      sum = addTallies(sum, tallies);
    }
  };
  await Promise.all(threads.map(work));
  return sum;
}

function playedBy(thread: Worker, { name }: Shape, part: Part): Promise<Tallies> {
  return new Promise((resolve, reject) => {
    thread.once('error', reject);
    thread.once('message', (tallies: Tallies) => {
      thread.off('error', reject);
      resolve(tallies);
    });
    thread.postMessage({ shape: name, part });
  });
}

// `npm run certify -- [runs] [part of a shape's name]`: how often identical code is taken back, in every traffic shape.
import { certify } from '../bench/certify.ts';
import { SHAPES } from '../bench/worlds.ts';

const RUNS = 2_000;
const [given, wanted = ''] = process.argv.slice(2);
const runs = given === undefined ? RUNS : Number(given);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`certify: expected a number of runs, got "${given}"`);
  process.exit(2);
}

let failed = 0;
for (const shape of SHAPES.filter(({ name }) => name.includes(wanted))) {
  const began = performance.now();
  console.log(`${shape.name}: ${runs} runs of three hours`);
  for (const { rows, taken, asked, atLeast, holds } of certify(shape, runs)) {
    if (!holds) failed += 1;
    const rate = ((100 * taken) / runs).toFixed(2);
    const bound = (100 * atLeast).toFixed(2);
    console.log(
      `  ${holds ? '✔' : '✖'} ${rows.padEnd(24)} taken back ${rate.padStart(5)} % (at least ${bound} %), asked ${((100 * asked) / runs).toFixed(1)} %`,
    );
  }
  console.log(`  ${((performance.now() - began) / 1_000).toFixed(0)}s`);
}
process.exitCode = failed === 0 ? 0 : 1;

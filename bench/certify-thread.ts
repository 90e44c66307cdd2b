// A thread of `npm run certify`: plays the parts that it is sent, one after another.
import { parentPort } from 'node:worker_threads';
import { playPart, type Part } from './certify.ts';
import { SHAPES } from './worlds.ts';

parentPort?.on('message', ({ shape: name, part }: { readonly shape: string; readonly part: Part }) => {
  const shape = SHAPES.find((one) => one.name === name);
  if (shape === undefined) throw new Error(`there is no shape "${name}"`);
  parentPort?.postMessage(playPart(shape, part));
});

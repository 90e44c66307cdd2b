import { ANSWER_MS, answerOf, start, stop } from './processes.ts';

const IDLE_MS = 10_000;

/** In percent of a core. The process has a store of its own: nobody else writes to it. */
export async function idleShare(script: string, place: string): Promise<number> {
  const child = await start(script, place, 'idle');
  try {
    child.send(IDLE_MS);
    return Number(await answerOf(child, IDLE_MS + ANSWER_MS));
  } finally {
    await stop(child);
  }
}

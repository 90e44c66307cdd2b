import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createCutover } from '../src/index.ts';
import { seededRandom } from '../src/kernel/index.ts';
import { testSource } from '../src/testing/index.ts';

const FLIPS = 1_000_000;
/** Flips between two turns of the event loop, in which every request gets a step further. */
const BURST = 200;

const plan = { id: 'swap', repositories: { user: {}, bike: {} } };

it('no request saw both sides of a repository, over a million flips', async () => {
  const source = testSource({ plan, seed: 3 });
  const cutover = createCutover(plan, { source });
  const sides = { control: { side: async () => 'control' }, candidate: { side: async () => 'candidate' } };
  const users = cutover.repository('user', { ...sides, reads: ['side'] });
  const bikes = cutover.repository('bike', { ...sides, reads: ['side'] });
  const random = seededRandom(11);
  let isOver = false;
  const seen = { control: 0, candidate: 0, requests: 0, mixed: 0 };

  /** One request after another, of a few turns each; every third holds a transaction over both. */
  async function client(client: number): Promise<void> {
    for (let request = 0; !isOver; request += 1) {
      const key = request % 4 === 0 ? {} : { key: `user-${client}-${request % 50}` };
      await cutover.pin(key, async () => {
        const met = new Set<string>();
        for (let call = 0; call < 4; call += 1) {
          met.add(`user ${await users.side()}`);
          await turn();
          met.add(`bike ${await bikes.side()}`);
        }
        if (met.size !== 2) seen.mixed += 1;
        for (const side of ['control', 'candidate'] as const) if (met.has(`user ${side}`)) seen[side] += 1;
      });
      if (request % 3 === 0) {
        await cutover.transaction({ ...key, repositories: ['user', 'bike'] }, async (side) => {
          for (let call = 0; call < 3; call += 1) {
            if ((await users.side()) !== side || (await bikes.side()) !== side) seen.mixed += 1;
            await turn();
          }
        });
      }
      seen.requests += 1;
    }
  }

  const clients = Array.from({ length: 50 }, (_, index) => client(index));
  for (let flip = 0; flip < FLIPS; flip += 1) {
    const repository = random() < 0.5 ? 'user' : 'bike';
    source.expose(Math.floor(random() * 101), { repository, of: random() < 0.5 ? 'users' : 'traffic' });
    if (flip % BURST === 0) await turn();
  }
  isOver = true;
  await Promise.all(clients);

  expect(seen.mixed).toBe(0);
  expect(seen.requests).toBeGreaterThan(1_000);
  expect(seen.control).toBeGreaterThan(100);
  expect(seen.candidate).toBeGreaterThan(100);
  expect(source.status()).toMatchObject({ pins: 0, acknowledged: source.state.epoch });
});

// Before anything is exposed: all seven flags exist, each can be written and read through the application's own SDK, each is
// off, and every instance has seen it.
import assert from 'node:assert/strict';
import { createCutover } from 'cutover';
import { nodeSource } from 'cutover/node';
import plan from '../cutover.config.ts';
import { ask, TARGETS } from './shop-at.ts';

const REPOSITORIES = Object.keys(plan.repositories);
const FLAGS = ['use_drizzle', ...REPOSITORIES.map((name) => `drizzle_${name}_repo`)];

const source = nodeSource(plan, { environment: 'production', instance: 'check-of-flags' });
const cutover = createCutover(plan, { source });
try {
  for (const flag of FLAGS) {
    // 0 %, not false: false is a kill, which the plan's first step would not leave.
    const stored = await cutover.updateFeatureFlag(flag, 0, 'check-of-flags', 'off before the rollout');
    assert.deepEqual([stored.exposure, stored.killed], [0, false], flag);
  }
  await cutover.clearFeatureFlagCache();
  const [read] = REPOSITORIES.map((name) => cutover.which(name));
  assert.equal(read?.why, 'repository exposure');
  for (const target of TARGETS) await seenBy(target, read.epoch);
} finally {
  await cutover.close();
}
console.log(`${FLAGS.length} flags can be written and read, and are off on ${TARGETS.length} instances`);

async function seenBy(target: string, epoch: number): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  for (;;) {
    const { body } = await ask(target, 'GET', '/which');
    const answers = body as readonly { readonly epoch: number; readonly side: string }[];
    if (answers.every((one) => one.epoch >= epoch && one.side === 'control')) return;
    deadline.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Every instance says that it serves every repository from the candidate, and by which rule: control serves nothing.
import assert from 'node:assert/strict';
import { ask, TARGETS } from './shop-at.ts';

const rules = new Set<string>();
for (const target of TARGETS) {
  const { body } = await ask(target, 'GET', '/which');
  for (const { repository, side, why } of body as readonly Record<'repository' | 'side' | 'why', string>[]) {
    assert.equal(side, 'candidate', `${target}: ${repository} is served by ${side} (${why})`);
    rules.add(why);
  }
}
console.log(`${TARGETS.length} instances serve everything from the candidate: ${[...rules].join(', ')}`);

import { createCutover } from 'cutover';
import { pageBeacon } from 'cutover/beacon';
import { nodeSource } from 'cutover/node';

const plan = { id: 'swap', flag: { name: 'use_candidate' }, repositories: { user: {} } };

function open() {
  const cutover = createCutover(plan, {
    source: nodeSource(plan, { environment: 'staging', instance: 'next' }),
  });
  const users = cutover.repository('user', {
    control: { side: async () => 'control' },
    candidate: { side: async () => 'candidate' },
    reads: ['side'],
  });
  return {
    cutover,
    users,
    beacon: pageBeacon(plan, cutover, { secret: process.env['BEACON_SECRET'] ?? '' }),
  };
}

/** When the first request comes, not when the build looks at the routes; once, however many bundles have this file. */
export function shop() {
  return (globalThis.shop ??= open());
}

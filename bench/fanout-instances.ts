// Many instances of an application in one thread, or a few whole ones, behind servers in turn. Says when all have begun.
import { join } from 'node:path';
import { createCutover } from '../src/index.ts';
import { systemClock, systemRandom } from '../src/kernel/index.ts';
import { nodeSource } from '../src/node/index.ts';
import { ServerLink } from '../src/node/server-link.ts';
import type { Source } from '../src/repository/index.ts';
import { LinkSource } from './link-source.ts';

/** So many begin together: a machine does not start a thousand applications in the same moment. */
const BEGIN_TOGETHER = 20;

const [kind = '', name = '', count = '', servers = '', folder = '', reportMs = ''] = process.argv.slice(2);
const urls = servers.split(',');
const { CUTOVER_TOKEN: token = '' } = process.env;
const plan = {
  id: 'bench',
  flag: { name: 'use_candidate' },
  repositories: { user: {} },
  instances: { report: `${reportMs}ms` },
};

function sourceOf(n: number): Source {
  const url = urls[n % urls.length] ?? '';
  const instance = `${name}-${n}`;
  if (kind === 'whole')
    return nodeSource(plan, {
      environment: 'production',
      instance,
      server: url,
      stateFile: join(folder, `${instance}.last.json`),
      killFile: join(folder, `${instance}.kill`),
    });
  const place = { migration: 'bench', environment: 'production' };
  const link = new ServerLink({
    server: { url, token },
    ...place,
    instance,
    clock: systemClock,
    random: systemRandom,
  });
  return new LinkSource(link, 'bench/production', instance, Number(reportMs));
}

const implementation = { find: async (key: string) => key };
const repositories: { readonly find: (key: string) => Promise<string> }[] = [];
for (let n = 0; n < Number(count); n += 1) {
  const cutover = createCutover(plan, { source: sourceOf(n) });
  repositories.push(
    cutover.repository('user', { control: implementation, candidate: implementation, reads: ['find'] }),
  );
  if (n % BEGIN_TOGETHER === 0) await systemClock.sleep(BEGIN_TOGETHER * 2);
}
// Something is counted and reported by each: a call a second.
systemClock.every(1_000, () => {
  for (const repository of repositories) void repository.find('key');
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

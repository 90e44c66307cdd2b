// One process of an application whose routing state changes. Says when it is registered; asked for how long, says
// what share of a core it takes.
import { join } from 'node:path';
import { createCutover } from '../src/index.ts';
import { nodeSource } from '../src/node/index.ts';
import { cpuShare } from './cpu-share.ts';
import { ADDRESS, FOLDER } from './fleet.ts';

const [file = '', instance = ''] = process.argv.slice(2);
const plan = { id: 'bench', flag: { name: 'use_candidate' }, repositories: { user: {} } };
const { [ADDRESS]: address, [FOLDER]: folder } = process.env;
const source = nodeSource(plan, {
  environment: 'production',
  instance,
  file,
  ...(folder === undefined ? {} : { stateFile: join(folder, `${instance}.last.json`) }),
  env: { [ADDRESS]: address },
});
const cutover = createCutover(plan, { source });
const implementation = { find: async (key: string) => key };
cutover.repository('user', { control: implementation, candidate: implementation, reads: ['find'] });
await cutover.clearFeatureFlagCache();
process.on('message', (forMs) => void cpuShare(Number(forMs)).then((share) => process.send?.(share)));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

// Watches a store in which nothing happens. Asked for how long, says what share of a core that took.
import { systemClock } from '../src/kernel/index.ts';
import { openSqliteStore } from '../src/store/index.ts';
import { cpuShare } from './cpu-share.ts';

const [file = ''] = process.argv.slice(2);
const store = await openSqliteStore({ file, clock: systemClock });
store.watch(() => {});
process.on('message', (forMs) => void cpuShare(Number(forMs)).then((share) => process.send?.(share)));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

// Watches a store in which nothing happens, and says what share of a core that took.
import { systemClock } from '../src/kernel/index.ts';
import { openSqliteStore } from '../src/store/index.ts';

const [file = '', forMs = '1000'] = process.argv.slice(2);
const store = await openSqliteStore({ file, clock: systemClock });
store.watch(() => {});
await systemClock.sleep(500);
const before = process.cpuUsage();
const began = performance.now();
await systemClock.sleep(Number(forMs));
const { user, system } = process.cpuUsage(before);
process.send?.((user + system) / 1_000 / (performance.now() - began));

// `npm run bench -- <name> [--json]`
import { BUDGETS } from './budgets.ts';
import { runBench } from './run.ts';

process.exitCode = await runBench(
  process.argv.slice(2),
  {
    exposure: () => import('./exposure.ts'),
    call: () => import('./call.ts'),
    watch: () => import('./watch.ts'),
    mismatches: () => import('./mismatches.ts'),
  },
  BUDGETS,
  { out: (text) => console.log(text), error: (text) => console.error(text) },
);

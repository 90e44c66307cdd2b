// `npm run bench -- <name> [--json]`
import { BUDGETS } from './budgets.ts';
import { runBench } from './run.ts';

process.exitCode = await runBench(
  process.argv.slice(2),
  {
    decide: () => import('./decide.ts'),
    route: () => import('./route.ts'),
    safety: () => import('./safety.ts'),
    requests: () => import('./requests.ts'),
    actuation: () => import('./actuation.ts'),
    fanout: () => import('./fanout.ts'),
    mismatches: () => import('./mismatches.ts'),
    gates: () => import('./gates.ts'),
    history: () => import('./history.ts'),
  },
  BUDGETS,
  { out: (text) => console.log(text), error: (text) => console.error(text) },
);

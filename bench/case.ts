// Measures one case, alone: `case.ts <benchmark> <case>`. Says how many nanoseconds an operation takes, or why it
// cannot be measured.
import { nanosecondsOf, type Case } from './timing.ts';
import type { Answer } from './turns.ts';

type Cases = Readonly<Record<string, () => Case | Promise<Case>>>;
const CASES: Readonly<Record<string, () => Promise<{ readonly CASES: Cases }>>> = {
  decide: () => import('./decide-cases.ts'),
  route: () => import('./route-cases.ts'),
  requests: () => import('./requests-cases.ts'),
};

async function measure(benchmark: string, name: string): Promise<Answer> {
  try {
    const make = (await CASES[benchmark]?.())?.CASES[name];
    if (make === undefined) throw new Error(`benchmark "${benchmark}" has no case "${name}"`);
    const one = await make();
    const ns = await nanosecondsOf(one);
    one.check?.();
    await one.close?.();
    return { kind: 'measured', ns };
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

const [benchmark = '', name = ''] = process.argv.slice(2);
// Some clients leave timers behind: the end is the answer, not an empty event loop.
process.send?.(await measure(benchmark, name), () => process.exit(0));

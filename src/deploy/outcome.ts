import { withoutSecrets } from './secrets.ts';

/** How a step's effect ended. `output` is for a person and goes into the log: no secrets, bounded. */
export type StepOutcome = { readonly ok: boolean; readonly output: string };

/** The end of an output is what says why a step failed; this much of it is kept, in characters. */
const KEPT = 4_000;

/** An outcome as it may be kept. */
export function keptOutcome(
  { ok, output }: StepOutcome,
  env: Readonly<Record<string, string | undefined>>,
): StepOutcome {
  return { ok, output: withoutSecrets(output, env).slice(-KEPT) };
}

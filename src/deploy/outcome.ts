/** How a step's effect ended. `output` is for a person and goes into the log: no secrets, bounded. */
export type StepOutcome = { readonly ok: boolean; readonly output: string };

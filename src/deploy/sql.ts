import { CutoverError, describeError } from '../kernel/index.ts';
import type { Database, SqlStep } from '../plan/index.ts';
import { readDatabase, type DatabaseContext } from './database/read.ts';
import type { StepOutcome } from './outcome.ts';

/** Asks a database, read-only, and compares the first column of the first row. */
export async function askSql(
  step: SqlStep,
  database: Database,
  context: DatabaseContext & { readonly signal: AbortSignal },
): Promise<StepOutcome> {
  const { query, timeoutMs } = step;
  try {
    const reading = { query, most: 1, timeoutMs, signal: context.signal };
    const { rows } = await readDatabase(step.database, database, context, reading);
    const value = rows[0]?.[0] ?? null;
    // What no number holds comes as its text.
    const ok = value === step.expect || (typeof step.expect === 'number' && value === String(step.expect));
    return {
      ok,
      output: `${step.database}: ${JSON.stringify(String(value))}, expected ${JSON.stringify(String(step.expect))}`,
    };
  } catch (error) {
    const code = error instanceof CutoverError ? `${error.code}: ` : '';
    return { ok: false, output: `${code}${describeError(error)}` };
  }
}

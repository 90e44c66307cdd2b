import { DatabaseSync } from 'node:sqlite';
import { describeError } from '../kernel/index.ts';
import type { SqlStep } from '../plan/index.ts';
import type { StepOutcome } from './outcome.ts';

/** Asks a SQLite file, opened read-only, and compares the first column of the first row. */
export function askSql(step: SqlStep, file: string): StepOutcome {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: Math.min(step.timeoutMs, 5_000) });
    const row = database.prepare(step.query).get();
    const value = row === undefined ? null : (Object.values(row)[0] ?? null);
    const ok = typeof value === 'bigint' ? String(value) === String(step.expect) : value === step.expect;
    return {
      ok,
      output: `${step.database}: ${JSON.stringify(String(value))}, expected ${JSON.stringify(String(step.expect))}`,
    };
  } catch (error) {
    return { ok: false, output: `${step.database}: ${describeError(error)}` };
  } finally {
    database?.close();
  }
}

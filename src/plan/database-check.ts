import type { Plan } from './plan.ts';

/** What is asked of a database by itself, and how it was answered. */
export type DatabaseCheck = {
  /** Its name in the plan. */
  readonly database: string;
  readonly check: 'integrity_check' | 'quick_check' | 'index_check' | 'foreign_key_check';
  /** What is wrong, in words; empty when it is sound. */
  readonly findings: readonly string[];
  readonly tookMs: number;
};

/** The databases of a plan that are looked at by themselves, by name. */
export function checkedDatabases({ databases }: Pick<Plan, 'databases'>): readonly string[] {
  return Object.entries(databases).flatMap(([name, { check }]) => (check === 'off' ? [] : [name]));
}

/** What is wrong, each with its database; empty when all of them are sound. */
export function databaseFindings(checks: readonly DatabaseCheck[]): readonly string[] {
  return checks.flatMap(({ database, check, findings }) =>
    findings.map((finding) => `${database}: ${check}: ${finding}`),
  );
}

/** One thing about a plan that parses and still cannot mean what it says. */
export type Finding = {
  readonly rule: RuleName;
  /** An error keeps a run out of a protected environment; a warning only speaks. */
  readonly severity: 'error' | 'warning';
  /** Where in the plan: `matrix "Response time"`, `canary / hold-1`. */
  readonly where: string;
  readonly message: string;
  readonly fix: string;
};

/** What is looked for. `docs/reference/plan-lint.md` explains each. */
export const RULES = [
  'contradiction',
  'never-passes',
  'placeholder',
  'rollback-unusable',
  'schedule',
  'forgeable',
  'power',
  'not-used',
  'shared-repository',
] as const;

export type RuleName = (typeof RULES)[number];

import type { Plan } from '../plan/index.ts';
import type { Registration } from './events.ts';

/** Minutes are what plans allow. Milliseconds. */
const BUDGET_MS = 60_000;

/** All that flags need, without a run: nothing to carry out, and whatever is not known taken as the stricter one. */
export function barePlan(registration: Registration, environments: readonly string[]): Plan {
  const { migration, salt, names, allow, deny, leaseMs } = registration;
  return {
    v: 1,
    id: migration,
    title: migration,
    version: null,
    topology: 'two-store',
    salt,
    flag: names.global,
    repositories: names.repositories,
    allow,
    deny,
    environments: environments.map((name) => ({ name, protected: true })),
    leaseMs,
    schedule: { timeZone: 'UTC', count: 'calendar', workingDays: [], holidays: [] },
    windows: {},
    freezes: [],
    databases: {},
    measure: { windowMs: 0, everyMs: 0, minSamples: 0, maxAgeMs: 0, warmupMs: 0, looks: 1 },
    metrics: {},
    gates: { matrix: [] },
    precedence: [],
    contingencies: [],
    probes: {},
    prometheus: null,
    checklists: {},
    phases: [],
    people: { contacts: [], escalation: [], messages: [], links: {}, nextReview: null },
    rollback: { budgetMs: BUDGET_MS, automatic: false, checklist: null, confirm: null },
  };
}

import { createHash } from 'node:crypto';
import { canonicalJson } from '../kernel/index.ts';
import { type Plan, storeInputOf } from '../plan/index.ts';
import type { StoreInput } from '../store/index.ts';
import { checkAsked } from './asked-of.ts';
import { checkExposure } from './check-exposure.ts';
import { checkHoldback } from './check-holdback.ts';
import { checkFlags } from './check-flags.ts';
import { checkHttp } from './check-http.ts';
import { checkNames } from './check-names.ts';
import { checkPhases } from './check-phases.ts';
import { checkReport } from './check-report.ts';
import { checkRows } from './check-rows.ts';
import { checkSchedule } from './check-schedule.ts';
import { dataOnly } from './data-only.ts';
import { issueMessage, issueProblems } from './issue.ts';
import { planOf } from './plan-of.ts';
import { invalidPlan } from './problem.ts';
import { planSchema } from './schema.ts';

/** A plan that can run, its hash, and what is no part of what that stands for: where its state lives, what is kept of it. */
export type CheckedPlan = {
  readonly plan: Plan;
  readonly hash: string;
  readonly store: StoreInput;
  /** How long telemetry is kept, milliseconds. */
  readonly keepMs: number;
};

const CHECKS = [
  checkNames,
  checkFlags,
  checkPhases,
  checkExposure,
  checkHoldback,
  checkRows,
  checkSchedule,
  checkHttp,
  checkAsked,
  checkReport,
];

/**
 * Turns what a configuration holds into a plan. Used by everything that reads a `cutover.config.ts`.
 *
 * Problems come in three rounds, each complete: what is not data, what has the wrong shape, what does not fit
 * together (a name that is not declared, an exposure that falls).
 *
 * @throws CutoverError `CONFIG_INVALID`, and nothing else; `details.problems` is a list of `{ path, message }`.
 * @example
 * const { plan, hash } = parsePlan(JSON.parse(text));
 */
export function parsePlan(input: unknown): CheckedPlan {
  const { data, problems } = dataOnly(input);
  if (problems.length > 0) throw invalidPlan(problems);
  const read = planSchema.safeParse(data, { error: issueMessage });
  if (!read.success) throw invalidPlan(read.error.issues.flatMap(issueProblems));
  const misfits = CHECKS.flatMap((check) => check(read.data));
  if (misfits.length > 0) throw invalidPlan(misfits);
  const plan = planOf(read.data);
  const { store, instances } = read.data;
  return { plan, hash: planHash(plan), store: storeInputOf(store), keepMs: instances.telemetry };
}

/** What an approval and a run are bound to: SHA-256 over the plan's canonical JSON, as hex. */
export function planHash(plan: Plan): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}

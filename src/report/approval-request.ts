import { activeRun, askedNow, evidenceOf, type ApprovalEvidence, type State } from '../engine/index.ts';
import { momentText } from '../schedule/index.ts';
import { becauseText, exposureText } from './approval-text.ts';
import { stepText } from './step-text.ts';

type Look = NonNullable<ApprovalEvidence['look']>;
type SeenRow = Pick<Look['rows'][number], 'verdict' | 'colour' | 'value' | 'samples' | 'reason'>;

/** What people are asked to approve, as it was when they were asked, and what is different since. */
export type ApprovalRequest = {
  readonly phase: {
    readonly id: string;
    readonly title: string;
    readonly risk: string | null;
    readonly impact: string | null;
    readonly pointOfNoReturn: boolean;
    readonly steps: readonly string[];
  };
  readonly planHash: string;
  /** When it was asked. */
  readonly at: number;
  /** The phase has not begun: `now` is compared with. */
  readonly isOpen: boolean;
  readonly roles: readonly { readonly role: string; readonly since: number; readonly because: string }[];
  /** What changes with the phase: from what over what to what. */
  readonly exposure: readonly { readonly repository: string; readonly text: string }[];
  readonly look: {
    readonly was: Pick<Look, 'gate' | 'verdict' | 'at'> | null;
    readonly now: Pick<Look, 'gate' | 'verdict' | 'at'> | null;
  };
  readonly rows: readonly {
    readonly title: string;
    readonly yellow: string;
    readonly red: string;
    readonly was: SeenRow | null;
    /** `null`: not looked at, or not compared any more. */
    readonly now: SeenRow | null;
  }[];
  readonly checklists: ApprovalEvidence['checklists'];
  /** What is not as it was, but for the rows. */
  readonly changes: readonly { readonly what: string; readonly was: string; readonly now: string }[];
};

/** The newest request of the newest run; `null` when nobody was asked in it. Pure. */
export function approvalRequestOf(state: State): ApprovalRequest | null {
  const { run } = state;
  const open = askedNow(state);
  const asked = open ?? Object.values(run?.asked ?? {}).toSorted((a, b) => b.seq - a.seq)[0];
  const phase = run?.plan.phases.find(({ id }) => id === asked?.phase);
  if (run === null || asked === undefined || phase === undefined) return null;
  const { id, title, risk, impact, pointOfNoReturn, steps } = phase;
  const then = asked.evidence;
  const isOpen = open !== null && activeRun(state) !== null;
  const now = isOpen ? evidenceOf(state, run, phase) : null;
  return {
    phase: { id, title, risk, impact, pointOfNoReturn, steps: steps.map(stepText) },
    planHash: asked.planHash,
    at: asked.at,
    isOpen,
    roles: asked.roles.map((one) => ({ role: one.role, since: one.since, because: becauseText(one) })),
    exposure: then.exposure.map((one) => ({ repository: one.repository, text: exposureText(one) })),
    look: { was: lookOf(then), now: now === null ? null : lookOf(now) },
    rows: rowsBeside(then, now),
    checklists: then.checklists,
    changes:
      now === null ? [] : changesOf(asked.planHash, then, run.planHash, now, run.plan.schedule.timeZone),
  };
}

function lookOf({ look }: ApprovalEvidence): ApprovalRequest['look']['was'] {
  return look === null ? null : { gate: look.gate, verdict: look.verdict, at: look.at };
}

function rowsBeside(then: ApprovalEvidence, now: ApprovalEvidence | null): ApprovalRequest['rows'] {
  const before = then.look?.rows ?? [];
  const after = now?.look?.rows ?? [];
  const titles = [...new Set([...before, ...after].map(({ title }) => title))];
  return titles.flatMap((title) => {
    const [was, is] = [before, after].map((rows) => rows.find((row) => row.title === title));
    const limits = was ?? is;
    if (limits === undefined) return [];
    return [{ title, yellow: limits.yellow, red: limits.red, was: seenOf(was), now: seenOf(is) }];
  });
}

function seenOf(row: Look['rows'][number] | undefined): SeenRow | null {
  if (row === undefined) return null;
  const { verdict, colour, value, samples, reason } = row;
  return { verdict, colour, value, samples, reason };
}

/** Each thing in the same words then and now; what reads the same is left out. */
function changesOf(
  hashThen: string,
  then: ApprovalEvidence,
  hashNow: string,
  now: ApprovalEvidence,
  timeZone: string,
): ApprovalRequest['changes'] {
  const before = said(hashThen, then, timeZone);
  const after = said(hashNow, now, timeZone);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((what) => {
    const [was, is] = [before.get(what) ?? 'none', after.get(what) ?? 'none'];
    return was === is ? [] : [{ what, was, now: is }];
  });
}

function said(hash: string, evidence: ApprovalEvidence, timeZone: string): ReadonlyMap<string, string> {
  const { look, newErrors, baselineAt, checklists, exposure, skipped } = evidence;
  return new Map([
    ['plan', hash.slice(0, 12)],
    ['verdict', look === null ? 'nothing was judged' : `${look.gate} ${look.verdict}`],
    ['new errors', String(newErrors)],
    ['baseline', baselineAt === null ? 'none' : momentText(baselineAt, timeZone)],
    ['left out', skipped.join(', ') || 'none'],
    ...checklists.map(({ checklist, items, open }): readonly [string, string] => [
      `checklist "${checklist}"`,
      `${items - open.length} of ${items}`,
    ]),
    ...exposure.map((one): readonly [string, string] => [`exposure of ${one.repository}`, exposureText(one)]),
  ]);
}

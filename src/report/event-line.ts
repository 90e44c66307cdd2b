import { assertNever, formatDuration } from '../kernel/index.ts';
import { becauseText, exposureText } from './approval-text.ts';
import type { CutoverEvent, Settled } from '../engine/index.ts';
import { causeName, holdBackText } from '../schedule/index.ts';
import { overrunText } from './overrun-text.ts';
import { databaseFindings } from '../plan/index.ts';
import type { SeenError } from '../measure/index.ts';
import type { CaptureAnswer } from '../route/index.ts';

/** One event in a line for people: subject, verdict, measured, limit. `null` for what only programs need. */
export function eventLine(event: CutoverEvent): string | null {
  switch (event.kind) {
    case 'migration.registered':
      return `registered: ${Object.keys(event.registration.names.repositories).join(', ')}; flags that are new are unset`;
    case 'flag.set':
      return `flag of ${event.repository ?? 'everything'} set to ${event.exposure / 100} % of ${event.of} by ${event.actor}: ${event.reason}`;
    case 'baseline.recorded':
      return `baseline recorded over ${formatDuration(event.overMs)} by ${event.actor}`;
    case 'run.started':
      return `run ${event.run} started by ${event.actor}: ${event.reason}${event.timeScale === 1 ? '' : ' (rehearsal on a compressed clock)'}`;
    case 'plan.accepted':
      return `plan ${event.planHash.slice(0, 12)} accepted by ${event.actor}: ${event.reason}`;
    case 'step.entered':
      return `${event.phase} / ${event.step}: entered`;
    case 'exposure.set':
      return exposureLine(event);
    case 'shadow.set':
      return `shadow: ${event.sample / 100} % of the reads${event.repositories === null ? '' : ` of ${event.repositories.join(', ')}`}`;
    case 'slots.assigned':
      return `instance slots: ${event.slots.join(', ')}`;
    case 'exposure.acknowledged':
      return `exposure acknowledged by ${settled(event.instances)}`;
    case 'gate.looked':
      return lookLine(event);
    case 'item.checked':
      return `${event.checklist}: "${event.item}" confirmed by ${event.actor}: ${event.reason}`;
    case 'plan.approved':
      return `plan ${event.planHash.slice(0, 12)} approved by ${event.actor} as ${event.role}: ${event.reason}`;
    case 'approval.asked':
      return askedLine(event);
    case 'plan.rejected':
      return `plan ${event.planHash.slice(0, 12)} REJECTED by ${event.actor} as ${event.role}: ${event.reason}`;
    case 'counter.added':
      return `${event.counter} +${event.count} by ${event.actor}: ${event.reason}`;
    case 'decision.made':
      return `decision: ${event.choice} by ${event.by === 'gate' ? event.reason : `${event.actor}: ${event.reason}`}`;
    case 'databases.checked':
      return databasesLine(event);
    case 'effect.started':
      return `step started${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`;
    case 'effect.finished':
      return `step ${event.ok ? 'succeeded' : 'FAILED'} after ${formatDuration(event.tookMs)}${event.ok ? '' : `: ${event.output}`}`;
    case 'effect.retried':
      return `step is run again, says ${event.actor}: ${event.reason}`;
    case 'step.completed':
      return `${event.phase} / ${event.step}: done${event.by === null ? '' : `, says ${event.by.actor}: ${event.by.reason}`}`;
    case 'step.skipped':
      return `${event.phase} / ${event.step}: LEFT OUT by ${event.actor}: ${event.reason}`;
    case 'run.delayed':
      return `${event.phase} / ${event.step} waits: ${holdBackText(event, event.now)}`;
    case 'delay.ended':
      return `${event.phase} / ${event.step}: the plan's days, windows and freezes let it go on`;
    case 'delay.overridden':
      return `${event.phase} / ${event.step} does not wait for ${event.causes.map(causeName).join(', ')}, says ${event.actor}: ${event.reason}`;
    case 'run.overran':
      return overrunText(event);
    case 'run.paused':
      return `PAUSED (${event.cause})${byPerson(event.actor)}: ${event.reason}`;
    case 'run.resumed':
      return `resumed by ${event.actor}: ${event.reason}`;
    case 'phase.restarted':
      return `${event.phase} begins again at ${event.step}: ${event.repositories.join(', ')} had been taken back`;
    case 'contingency.began':
      return contingencyLine(event);
    case 'contingency.kept':
      return captureLine(event.instance, event.answer);
    case 'rollback.started':
      return `ROLLBACK of ${event.repositories?.join(', ') ?? 'everything'} (${event.cause})${byPerson(event.actor)}: ${event.reason}`;
    case 'rollback.overdue':
      return `rollback is over its budget of ${formatDuration(event.budgetMs)}; missing: ${event.missing.join(', ')}`;
    case 'rollback.acknowledged':
      return `rolled back: ${settled(event.instances)} in ${formatDuration(event.tookMs)}${event.withinBudget ? '' : ', OVER BUDGET'}${event.sinceCauseMs === undefined ? '' : `; ${formatDuration(event.sinceCauseMs)} after the first look that saw the cause`}`;
    case 'confirm.looked':
      return null;
    case 'rollback.confirmed':
      return confirmedText(event);
    case 'kill.lifted':
      return `kill lifted for ${event.repositories?.join(', ') ?? 'everything'} by ${event.actor}: ${event.reason}`;
    case 'run.completed':
      return 'run completed';
    default:
      return event === undefined ? assertNever(event) : null;
  }
}

function exposureLine({
  exposure,
  of,
  repositories,
  holdback,
}: Extract<CutoverEvent, { kind: 'exposure.set' }>): string {
  const whom = repositories === null ? '' : ` for ${repositories.join(', ')}`;
  const held = holdback === undefined ? '' : `; ${holdback / 100} % held back on control as control group`;
  return `exposure set: ${exposure / 100} % of ${of}${whom}${held}`;
}

const MOMENTS = {
  before: 'before the first exposure',
  after: 'after the last step',
  rollback: 'after the rollback',
} as const;

function databasesLine({
  moment,
  checks,
  tookMs,
}: Extract<CutoverEvent, { kind: 'databases.checked' }>): string {
  const when = `${MOMENTS[moment] ?? moment}, ${formatDuration(tookMs)}`;
  const findings = databaseFindings(checks);
  if (findings.length > 0)
    return `DATABASE NOT SOUND ${when}: ${findings.slice(0, 3).join('; ')}${findings.length > 3 ? `; and ${findings.length - 3} more` : ''}`;
  const names = [...new Set(checks.map(({ database }) => database))];
  const asked = [...new Set(checks.map(({ check }) => check))];
  return `databases sound ${when}: ${names.join(', ')} (${asked.join(', ')})`;
}

/** The controller is named by the cause; a person by name. */
function byPerson(actor: string): string {
  return actor === 'cutover' ? '' : ` by ${actor}`;
}

/** What the outcome means for who reads it. */
export function confirmedText({
  outcome,
  reason,
}: {
  readonly outcome: string;
  readonly reason: string;
}): string {
  switch (outcome) {
    case 'resolved':
      return `The trouble is over: ${reason}. Its cause is on the candidate's side.`;
    case 'not resolved':
      return `The trouble is elsewhere: control shows it too, ${reason}. Going back did not end it.`;
    default:
      return `Whether the trouble is over is not known: ${reason}.`;
  }
}

function contingencyLine({
  name,
  rows,
  errors,
  snapshotOf,
  tell,
  next,
}: Extract<CutoverEvent, { kind: 'contingency.began' }>): string {
  const parts = [
    `CONTINGENCY ${name}: ${rows.map(({ title, reason }) => `${title} ${reason}`).join('; ')}`,
    ...errors.slice(0, 3).map(errorText),
    ...(snapshotOf === null ? [] : [`a heap snapshot is asked of ${snapshotOf}`]),
    ...(tell.length === 0 ? [] : [`tell ${tell.join(', ')}`]),
    ...(next.length === 0 ? [] : [`then: ${next.join(', ')}`]),
  ];
  return parts.join('. ');
}

/** `TypeError: cannot read ? (3 times), at find (users.ts:12:3)`. */
export function errorText({ class: name, code, message, count, stack }: SeenError): string {
  const where = stack?.[0] === undefined ? '' : `, ${stack[0]}`;
  return `${name}${code === undefined ? '' : ` ${code}`}: ${message} (${count === 1 ? 'once' : `${count} times`}${where})`;
}

export function captureLine(instance: string, answer: CaptureAnswer): string {
  if (!answer.ok) return `no heap snapshot of ${instance}: ${answer.problem}`;
  const { path, bytes, sha256, stalledMs } = answer;
  return `heap snapshot of ${instance}: ${path}, ${(bytes / 1e6).toFixed(1)} MB, sha256 ${sha256}; it stood still for ${formatDuration(stalledMs)}`;
}

/** `all: approval of CTO is asked (nobody gave it), on matrix pass; user 10 % → 100 % of users`. */
function askedLine({ phase, roles, evidence }: Extract<CutoverEvent, { kind: 'approval.asked' }>): string {
  const who = roles.map((one) => `${one.role} (${becauseText(one)})`).join(', ');
  const { look, checklists } = evidence;
  const open = checklists.reduce((sum, one) => sum + one.open.length, 0);
  const on = [
    look === null ? 'nothing judged' : `${look.gate} ${look.verdict}`,
    ...(open === 0 ? [] : [`${open === 1 ? 'an item' : `${open} items`} of its checklists open`]),
    ...evidence.exposure.map((one) => `${one.repository} ${exposureText(one)}`),
  ];
  return `${phase}: approval is asked of ${who}, on ${on.join('; ')}`;
}

/** A look is worth a line when something is not green. */
function lookLine(event: Extract<CutoverEvent, { kind: 'gate.looked' }>): string | null {
  if (event.verdict === 'pass') return null;
  const worst = event.rows.filter(
    ({ verdict }) => verdict === (event.verdict === 'insufficient' ? 'insufficient' : event.verdict),
  );
  const alerts = event.rows.filter(({ title }) => event.investigate.includes(title));
  const rows = [...new Set([...alerts, ...worst])].map(({ title, colour, reason }) =>
    `${title} ${colour === 'none' ? '' : colour} ${reason}`.replace(/ +/g, ' '),
  );
  const findings = (event.assignment?.findings ?? []).map(({ code, text }) => `assignment (${code}) ${text}`);
  const all = [...findings, ...rows];
  return `${event.gate} ${event.verdict}: ${all.slice(0, 3).join('; ')}${all.length > 3 ? `; and ${all.length - 3} more` : ''}`;
}

function settled(instances: readonly Settled[]): string {
  const expired = instances.filter(({ how }) => how === 'lease expired').length;
  const acknowledged = instances.length - expired;
  return `${acknowledged} of ${instances.length} instances${expired === 0 ? '' : ` (${expired} with an expired lease, on the fail side)`}`;
}

import { formatMeasure } from '../gate/index.ts';
import { servedExposure, type ExposeStep, type Phase } from '../plan/index.ts';
import type { FlagState, RoutingState } from '../route/index.ts';
import type { ApprovalEvidence, EvidenceRow, Share } from './approval.ts';
import { rowsOf } from './rows.ts';
import type { Look, Run, State } from './state.ts';

/** How things are now, for whoever is asked to let a phase begin. Pure: the same state gives the same evidence. */
export function evidenceOf(state: State, run: Run, phase: Phase): ApprovalEvidence {
  return {
    look: run.look === null ? null : seenOf(run, run.look),
    newErrors: run.newErrors.length,
    baselineAt: state.baseline?.at ?? null,
    checklists: phase.needs.checklists.map((checklist) => {
      const items = run.plan.checklists[checklist] ?? [];
      const isOpen = (item: string): boolean =>
        !state.checks.some((one) => one.checklist === checklist && one.item === item);
      return { checklist, items: items.length, open: items.filter(isOpen) };
    }),
    exposure: changesOf(state, run, phase),
    skipped: run.skipped.map((one) => `${one.phase}/${one.step}`),
  };
}

function seenOf({ plan }: Run, { gate, at, verdict, rows }: Look): ApprovalEvidence['look'] {
  const shown = rows.flatMap((recorded): readonly EvidenceRow[] => {
    const row = rowsOf(plan, gate).find(({ title }) => title === recorded.title);
    const metric = row === undefined ? undefined : plan.metrics[row.metric];
    if (row === undefined || metric === undefined) return [];
    const words = (value: number | null): string => formatMeasure(row, metric, value);
    return [
      {
        title: recorded.title,
        verdict: recorded.verdict,
        colour: recorded.colour,
        value: words(recorded.compared),
        yellow: words(row.yellow),
        red: words(row.red),
        samples: recorded.measure.samples,
        reason: recorded.reason,
      },
    ];
  });
  return { gate, at, verdict, rows: shown };
}

function changesOf({ routing }: State, { plan, skipped }: Run, phase: Phase): ApprovalEvidence['exposure'] {
  const isLeftOut = (id: string): boolean => skipped.some((one) => one.phase === phase.id && one.step === id);
  const raises = phase.steps.filter((step) => step.kind === 'expose' && !isLeftOut(step.id));
  return Object.keys(plan.repositories).flatMap((repository) => {
    const to = raises.flatMap((step) => shareAfter(step, repository));
    return to.length === 0 ? [] : [{ repository, from: shareNow(routing, repository), to }];
  });
}

function shareAfter(step: Phase['steps'][number], repository: string): readonly Share[] {
  if (step.kind !== 'expose' || step.repositories?.includes(repository) === false) return [];
  return [{ exposure: servedExposure(step), of: step.of, byEnvironment: isByEnvironment(step) }];
}

function isByEnvironment({ by }: ExposeStep): boolean {
  return by === 'environment';
}

/** What is stored for a repository, else for everything: as instances read it. */
function shareNow(routing: RoutingState | null, repository: string): Share {
  if (routing === null) return { exposure: null, of: 'traffic', byEnvironment: false };
  const own = routing.repositories[repository];
  const isKilled = routing.global.killed !== false || (own !== undefined && own.killed !== false);
  const flag: FlagState = own === undefined || own.exposure === 'unset' ? routing.global : own;
  const exposure = isKilled ? 0 : flag.exposure === 'unset' ? null : flag.exposure;
  return { exposure, of: flag.of, byEnvironment: routing.byEnvironment && exposure === null };
}

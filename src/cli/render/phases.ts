import type { StatusDocument, StepStatus } from '../../report/index.ts';
import type { Paint, Style } from '../paint.ts';
import type { Section } from './fit.ts';
import { clip, heading } from './text.ts';

type Progress = StepStatus['state'];

const MARKS: Readonly<Record<Progress, { readonly mark: string; readonly style: Style }>> = {
  done: { mark: '✔', style: 'good' },
  current: { mark: '▶', style: 'accent' },
  ahead: { mark: '·', style: 'dim' },
  skipped: { mark: '↷', style: 'warning' },
};
const BAR = 20;

/** Phases in order; the current one with its steps, or with its current step only. A hold says how much was observed. */
export function phaseVersions({ phases }: StatusDocument, width: number, paint: Paint): Section {
  if (phases.length === 0) return [[]];
  const lines = (shown: (step: StepStatus) => boolean): readonly string[] => [
    heading('Phases', paint),
    ...phases.flatMap((phase) => [
      marked(phase.state, clip(titleOf(phase), width - 4), '  ', paint),
      ...(phase.state === 'current'
        ? phase.steps.filter(shown).map((step) => stepLine(step, width, paint))
        : []),
    ]),
  ];
  return [lines(() => true), lines(({ state }) => state === 'current')];
}

/** `██████░░░░ 60 %`. */
export function bar(share: number, paint: Paint): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR);
  return `${paint('accent', '█'.repeat(full))}${paint('dim', '░'.repeat(BAR - full))} ${Math.floor(share * 100)} %`;
}

function stepLine(step: StepStatus, width: number, paint: Paint): string {
  const named = step.title === step.id ? step.id : `${step.id}: ${step.title}`;
  const title = step.state === 'skipped' ? `${named} (left out)` : named;
  const progress = step.progress === null ? '' : `  ${bar(step.progress, paint)}`;
  return marked(step.state, clip(title, width - (step.progress === null ? 6 : 34)), '    ', paint) + progress;
}

function marked(state: Progress, text: string, indent: string, paint: Paint): string {
  const { mark, style } = MARKS[state];
  const isQuiet = state === 'ahead' || state === 'skipped';
  return `${indent}${paint(style, mark)} ${isQuiet ? paint('dim', text) : text}`;
}

function titleOf({ id, title, risk }: StatusDocument['phases'][number]): string {
  return `${id}${title === id ? '' : `: ${title}`}${risk === null ? '' : ` (risk ${risk})`}`;
}

import { formatDuration } from '../kernel/index.ts';
import type { Bound, Step } from '../plan/index.ts';

/** What a step does, in words: `hold 2d on the matrix`. */
export function stepText(step: Step): string {
  const expected = step.expectedMs === null ? '' : `; expected to take ${formatDuration(step.expectedMs)}`;
  return `${doesText(step)}${expected}`;
}

function doesText(step: Step): string {
  switch (step.kind) {
    case 'expose':
      return `expose ${step.exposure / 100} % of ${step.of}${step.holdback === undefined ? '' : `, ${step.holdback / 100} % held back`}${step.repositories === null ? '' : ` for ${step.repositories.join(', ')}`}${step.by === 'environment' ? ', by environment variable' : ''}${step.window === null ? '' : `, in the window "${step.window}"`}`;
    case 'shadow':
      return `shadow ${step.sample / 100} % of the reads${step.repositories === null ? '' : ` of ${step.repositories.join(', ')}`}`;
    case 'hold':
      return `hold ${formatDuration(step.forMs)} on ${gateText(step.gate)}${step.maxHoldMs === null ? '' : `, at most ${formatDuration(step.maxHoldMs)}`}`;
    case 'gate':
      return `wait for ${gateText(step.gate)}`;
    case 'decision':
      return `${step.question} ${Object.keys(step.options).join(' / ')}${step.auto === null ? ' (a person)' : ` (${step.auto} by itself once ${gateText(step.gate)} passes)`}`;
    case 'command':
      return `command ${step.run.join(' ')}${step.expect.length === 0 ? '' : `, expects ${step.expect.map(boundText).join(', ')}`}`;
    case 'size':
      return `size of ${step.files.join(', ')}${step.gzip ? ' compressed' : ''}, at most ${step.maxBytes} bytes`;
    case 'http':
      return `${step.method} ${step.url}, expects ${step.expectStatus}`;
    case 'sql':
      return `sql on ${step.database}: ${step.query}, expects ${JSON.stringify(step.expect)}`;
  }
}

function boundText({ path, min, max }: Bound): string {
  return `${min === null ? '' : `${min} <= `}${path}${max === null ? '' : ` <= ${max}`}`;
}

/** `the matrix`, `gate smoke`. */
export function gateText(gate: string): string {
  return gate === 'matrix' ? 'the matrix' : `gate ${gate}`;
}

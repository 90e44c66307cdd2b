import type { Bound } from '../plan/index.ts';
import type { StepOutcome } from './outcome.ts';

/**
 * The JSON that a command printed last: all of its output, its last line that is an object, or what begins at the last line
 * that opens one. `undefined` without any.
 */
export function lastJson(output: string): unknown {
  const lines = output.trimEnd().split('\n');
  const starts = lines.flatMap((line, index) => (/^\s*[{[]/.test(line) ? [index] : [])).slice(-50);
  const candidates = [
    output,
    ...starts.toReversed().flatMap((index) => [lines[index] ?? '', lines.slice(index).join('\n')]),
  ];
  for (const text of candidates) {
    const value = parsed(text);
    if (typeof value === 'object' && value !== null) return value;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether each number is where the plan expects it. One that is missing, or is none, is not. */
export function checkNumbers(bounds: readonly Bound[], json: unknown): StepOutcome {
  if (json === undefined)
    return { ok: false, output: 'it printed no JSON object, so nothing can be compared' };
  const results = bounds.map((bound) => checkNumber(bound, numberAt(json, bound.path)));
  return { ok: results.every(({ ok }) => ok), output: results.map(({ output }) => output).join('\n') };
}

function checkNumber({ path, min, max }: Bound, value: unknown): StepOutcome {
  if (typeof value !== 'number' || !Number.isFinite(value))
    return {
      ok: false,
      output: `${path}: ${value === undefined ? 'missing' : JSON.stringify(value)} is no number`,
    };
  if (min !== null && value < min) return { ok: false, output: `${path}: ${value} < ${min}` };
  if (max !== null && value > max) return { ok: false, output: `${path}: ${value} > ${max}` };
  return { ok: true, output: `${path}: ${value}` };
}

/** `latency.p95`, `runs.0.errors`. A key with a dot in it is found as it is. */
export function numberAt(json: unknown, path: string): unknown {
  if (typeof json !== 'object' || json === null) return undefined;
  if (Object.hasOwn(json, path)) return Reflect.get(json, path);
  const dots = [...path.matchAll(/\./g)].map(({ index }) => index);
  for (const dot of dots) {
    const head = path.slice(0, dot);
    const inner: unknown = Object.hasOwn(json, head) ? Reflect.get(json, head) : undefined;
    const found = inner === undefined ? undefined : numberAt(inner, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

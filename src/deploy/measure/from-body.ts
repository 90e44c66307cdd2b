import type { MeasureAnswer } from '../../gate/index.ts';
import { numberAt } from '../numbers.ts';

/** The number in the text of an answer: all of it, or what its JSON has at a path. Pure. */
export function answerOfBody(body: string, path: string | null): MeasureAnswer {
  if (path === null) {
    const text = body.trim();
    return PLAIN.test(text)
      ? number(Number(text))
      : nothing(`${JSON.stringify(text.slice(0, 60))} is no number`);
  }
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return nothing('the answer is no JSON');
  }
  const value = numberAt(json, path);
  if (typeof value === 'number') return number(value);
  return nothing(
    `${path} is ${value === undefined ? 'missing' : `${(JSON.stringify(value) ?? 'nothing').slice(0, 60)}, no number`}`,
  );
}

const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function number(value: number): MeasureAnswer {
  return Number.isFinite(value)
    ? { kind: 'levels', sides: { both: { value, samples: 1 } } }
    : nothing(`${value} is no number`);
}

function nothing(why: string): MeasureAnswer {
  return { kind: 'nothing', why };
}

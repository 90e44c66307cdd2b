import {
  compareAnswers,
  ignoredBy,
  incomparableText,
  redact,
  type CompareRules,
  type Difference,
} from '../compare/index.ts';
import type { HttpAnswer } from './http-answer.ts';

/** One place where two answers differ. */
export type HttpDifference = {
  /** `status`, `header content-type`, `body [].price`. */
  readonly place: string;
  readonly kind: Difference['kind'];
  /** Redacted. */
  readonly control: string;
  readonly candidate: string;
};

export type HttpComparison =
  | { readonly kind: 'same' }
  | { readonly kind: 'different'; readonly differences: readonly HttpDifference[]; readonly ignored: number }
  /** Every difference is ignored by a rule. */
  | { readonly kind: 'ignored' }
  /** Nobody can say: too large, or a side did not answer. */
  | { readonly kind: 'incomparable'; readonly why: string };

/** Two answers to one request. @param now wall clock, milliseconds, for rules that expire */
export function compareHttp(
  control: HttpAnswer,
  candidate: HttpAnswer,
  rules: CompareRules,
  now: number,
): HttpComparison {
  if (control.kind === 'failed') return { kind: 'incomparable', why: `control: ${control.why}` };
  if (candidate.kind === 'failed')
    return different([
      {
        place: 'answer',
        kind: 'error-or-value',
        control: `status ${control.status}`,
        candidate: candidate.why,
      },
    ]);
  const outside = [
    ...valueDifference('status', control.status, candidate.status),
    ...Object.keys(control.headers).flatMap((name) =>
      valueDifference(`header ${name}`, control.headers[name], candidate.headers[name]),
    ),
  ];
  const body = compareAnswers(control.body, candidate.body, rules);
  if (typeof body === 'string')
    return outside.length > 0
      ? different(outside)
      : { kind: 'incomparable', why: `body: ${incomparableText(body)}` };
  const found = body.filter(({ isUnpromised }) => isUnpromised !== true);
  const counted = found.filter((difference) => ignoredBy(rules, difference, now) === undefined);
  const ignored = found.length - counted.length;
  const differences = [...outside, ...counted.map(bodyDifference)];
  if (differences.length > 0) return different(differences, ignored);
  return ignored > 0 ? { kind: 'ignored' } : { kind: 'same' };
}

function different(differences: readonly HttpDifference[], ignored = 0): HttpComparison {
  return { kind: 'different', differences, ignored };
}

function valueDifference(
  place: string,
  control: string | number | null | undefined,
  candidate: string | number | null | undefined,
): readonly HttpDifference[] {
  if (control === candidate) return [];
  const kind = control == null ? 'extra' : candidate == null ? 'missing' : 'value';
  return [{ place, kind, control: String(control), candidate: String(candidate) }];
}

function bodyDifference({ path, kind, control, candidate }: Difference): HttpDifference {
  return {
    place: path === '' ? 'body' : `body ${path}`,
    kind,
    control: redact(control, path, {}),
    candidate: redact(candidate, path, {}),
  };
}

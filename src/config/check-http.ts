import { type PathPart, type Problem, problemAt, show } from './problem.ts';
import type { ParsedPlan } from './schema.ts';

type Request = {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-api-key',
]);
const FROM_ENVIRONMENT = 'secrets come from the environment: write ${NAME}';
/** `${NAME}`: replaced when the step runs, and never in what is stored or shown. */
const VARIABLE = /\$\{[A-Za-z_][A-Za-z0-9_]*\}/;

/** A plan is stored, shown and approved as it is, so it must not hold a secret. */
export function checkHttp(plan: ParsedPlan): readonly Problem[] {
  const steps = plan.phases.flatMap((phase, index) =>
    phase.steps.flatMap((step, number) =>
      step.kind === 'http' ? checkRequest(step, ['phases', index, 'steps', number]) : [],
    ),
  );
  const probes = Object.entries(plan.probes).flatMap(([name, probe]) =>
    checkRequest(probe, ['probes', name]),
  );
  const metrics = Object.entries(plan.metrics).flatMap(([name, metric]) =>
    metric.kind === 'http' ? checkRequest({ ...metric, method: 'GET' }, ['metrics', name]) : [],
  );
  const { prometheus } = plan;
  const server =
    prometheus === undefined ? [] : checkRequest({ ...prometheus, method: 'GET' }, ['prometheus']);
  return [...steps, ...probes, ...metrics, ...server];
}

function checkRequest(request: Request, path: readonly PathPart[]): readonly Problem[] {
  return [...checkUrl(request, path), ...checkHeaders(request, path), ...checkBody(request, path)];
}

function checkUrl(step: Request, path: readonly PathPart[]): readonly Problem[] {
  const at = [...path, 'url'];
  // A text that begins with a variable can only be judged when the step runs.
  if (new RegExp(`^${VARIABLE.source}`).test(step.url)) return placeholders(step.url, at);
  const url = URL.parse(step.url.replaceAll(new RegExp(VARIABLE, 'g'), '1'));
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return [problemAt(at, `${show(withoutUserinfo(step.url))} is not an http or https address`)];
  }
  if (url.username !== '' || url.password !== '') {
    return [problemAt(at, `holds a user or password; ${FROM_ENVIRONMENT} in an authorization header`)];
  }
  return placeholders(step.url, at);
}

function checkHeaders(step: Request, path: readonly PathPart[]): readonly Problem[] {
  return Object.entries(step.headers).flatMap(([name, value]) => {
    const at = [...path, 'headers', name];
    if (SECRET_HEADERS.has(name.toLowerCase()) && !VARIABLE.test(value))
      return [problemAt(at, FROM_ENVIRONMENT)];
    return placeholders(value, at);
  });
}

function checkBody(step: Request, path: readonly PathPart[]): readonly Problem[] {
  const at = [...path, 'body'];
  if (step.body !== undefined && (step.method === 'GET' || step.method === 'HEAD')) {
    return [problemAt(at, `${step.method} sends no body; write method: "POST"`)];
  }
  return [];
}

/** `${` that is not the start of a variable would be sent as it stands. Bodies may hold any text. */
function placeholders(written: string, path: readonly PathPart[]): readonly Problem[] {
  const rest = written.replaceAll(new RegExp(VARIABLE, 'g'), '');
  return rest.includes('${')
    ? [problemAt(path, 'holds "${" without the name of an environment variable')]
    : [];
}

/** A message must not repeat what may be a password. */
function withoutUserinfo(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@');
}

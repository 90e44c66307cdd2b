import { deadline, describeError, systemClock } from '../kernel/index.ts';
import type { HttpRequest } from '../plan/index.ts';
import type { StepOutcome } from './outcome.ts';

const KEPT_BODY = 500;

/**
 * Sends a request and compares the status. `${NAME}` in url, headers and body is taken from the environment here, so
 * that the plan and the log never hold a secret.
 */
export async function callHttp(
  step: HttpRequest,
  context: {
    /** Sent as `Idempotency-Key`; `null` sends none. */
    readonly key: string | null;
    readonly signal: AbortSignal;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): Promise<StepOutcome> {
  const { key, signal, env } = context;
  const used = new Set<string>();
  const late = deadline(systemClock, step.timeoutMs);
  try {
    const headers = Object.entries(step.headers).map(
      ([name, value]) => [name, expand(value, env, used)] as [string, string],
    );
    const response = await fetch(expand(step.url, env, used), {
      method: step.method,
      headers: [...(key === null ? [] : [['Idempotency-Key', key] as [string, string]]), ...headers],
      ...(step.body === null ? {} : { body: expand(step.body, env, used) }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, late.signal]),
    });
    const text = (await response.text()).slice(0, KEPT_BODY);
    const said = `${step.method} ${step.url}: ${response.status}, expected ${step.expectStatus}`;
    const ok = response.status === step.expectStatus;
    return { ok, output: redact(ok ? said : `${said}\n${text}`, used) };
  } catch (error) {
    const why =
      error instanceof Error && error.cause !== undefined ? describeError(error.cause) : describeError(error);
    return { ok: false, output: redact(`${step.method} ${step.url}: ${why}`, used) };
  } finally {
    late.end();
  }
}

/** @throws Error for a name that the environment lacks: an empty secret must not be sent */
function expand(text: string, env: Readonly<Record<string, string | undefined>>, used: Set<string>): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
    used.add(value);
    return value;
  });
}

/** A server that echoes a secret in its answer does not bring it into the log. */
function redact(text: string, secrets: ReadonlySet<string>): string {
  return [...secrets].reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text);
}

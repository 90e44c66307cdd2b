import { describeError } from '../kernel/index.ts';
import type { HttpRequest } from '../plan/index.ts';
import type { StepOutcome } from './outcome.ts';
import { type Environment, sendRequest } from './request.ts';

const KEPT_BODY = 500;

/** Sends a request and compares the status. */
export async function callHttp(
  step: HttpRequest,
  context: {
    /** Sent as `Idempotency-Key`; `null` sends none. */
    readonly key: string | null;
    readonly signal: AbortSignal;
    readonly env: Environment;
  },
): Promise<StepOutcome> {
  const { key, signal, env } = context;
  const headers: Record<string, string> = key === null ? {} : { 'Idempotency-Key': key };
  try {
    const { status, body, redact } = await sendRequest(step, { signal, env, most: KEPT_BODY, headers });
    const said = `${step.method} ${step.url}: ${status}, expected ${step.expectStatus}`;
    const ok = status === step.expectStatus;
    return { ok, output: ok ? redact(said) : redact(`${said}\n${body}`) };
  } catch (error) {
    return { ok: false, output: `${step.method} ${step.url}: ${describeError(error)}` };
  }
}

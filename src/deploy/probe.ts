import type { Probe } from '../plan/index.ts';
import { callHttp } from './http.ts';

/** One request of a probe. @returns what was wrong, `null` when nothing was */
export async function askProbe(
  probe: Probe,
  context: {
    readonly signal: AbortSignal;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): Promise<string | null> {
  const { ok, output } = await callHttp(probe, { ...context, key: null });
  return ok ? null : (output.split('\n')[0] ?? output);
}

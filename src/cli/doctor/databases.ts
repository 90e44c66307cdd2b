import { formatDuration } from '../../kernel/index.ts';
import { checkedDatabases, type Plan } from '../../plan/index.ts';
import type { DatabasePort } from '../../engine/index.ts';
import { bad, type Check, ok } from './check.ts';

/** Each database of the plan by SQLite's own check. Reads only. */
export async function checkDatabases(
  plan: Pick<Plan, 'databases'>,
  port: DatabasePort,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const name of checkedDatabases(plan)) {
    const done = await port.check([name], signal);
    signal.throwIfAborted();
    const title = `database ${name}`;
    const findings = done.flatMap((one) => one.findings.map((finding) => `${one.check}: ${finding}`));
    const took = formatDuration(done.reduce((sum, { tookMs }) => sum + tookMs, 0));
    checks.push(
      findings.length === 0
        ? ok(title, `sound (${done.map(({ check }) => check).join(', ')}, ${took})`)
        : bad(
            title,
            findings.join('; '),
            'restore a copy that is sound, or correct the rows; what is known and meant: foreignKeys: false, check: "off"',
          ),
    );
  }
  return checks;
}

import { statSync } from 'node:fs';
import type { Clock } from '../../kernel/index.ts';
import type { DatabaseCheck, DatabaseFile } from '../../plan/index.ts';
import { askProcess } from './ask-process.ts';

/** Above it, `auto` leaves out whether indexes fit their tables: that takes several times as long. Bytes. */
const QUICK_ABOVE_BYTES = 256 * 2 ** 20;
/** A check that takes longer has found out nothing, milliseconds. */
const LONGEST_CHECK_MS = 600_000;
/** More findings are told by their number: a damaged file has thousands. */
const MOST_FINDINGS = 10;

type Pragma = DatabaseCheck['check'];

/**
 * SQLite's own check of a file and of its foreign keys, read-only. In a process of its own: a big file takes minutes, and a
 * check cannot be interrupted otherwise. A file that cannot be read is a finding like any other.
 */
export async function checkSqlite(
  database: string,
  file: string,
  { check, foreignKeys }: Pick<DatabaseFile, 'check' | 'foreignKeys'>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<readonly DatabaseCheck[]> {
  const whole: Pragma = isQuick(file, check) ? 'quick_check' : 'integrity_check';
  const checks: DatabaseCheck[] = [];
  for (const pragma of foreignKeys ? [whole, 'foreign_key_check' as const] : [whole]) {
    const began = clock.monotonic();
    const findings = await ask(file, pragma, signal);
    checks.push({ database, check: pragma, findings, tookMs: Math.round(clock.monotonic() - began) });
    // What is broken has no foreign keys to speak of.
    if (findings.length > 0) break;
  }
  return checks;
}

function isQuick(file: string, check: DatabaseFile['check']): boolean {
  if (check !== 'auto') return check === 'quick';
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > QUICK_ABOVE_BYTES;
}

async function ask(file: string, pragma: Pragma, signal: AbortSignal): Promise<readonly string[]> {
  const asked = await askProcess('sqlite-check-process', [file, pragma, String(MOST_FINDINGS)], {
    input: '',
    timeoutMs: LONGEST_CHECK_MS,
    signal,
  });
  switch (asked.kind) {
    case 'answered':
      return findingsIn(asked.output);
    case 'late':
      return [`not checked within ${LONGEST_CHECK_MS / 60_000} minutes`];
    case 'stopped':
      return [`not checked: ${asked.why}`];
    case 'failed':
      return [`the check ${asked.why}`];
  }
}

function findingsIn(output: string): readonly string[] {
  const found: unknown = JSON.parse(output);
  return Array.isArray(found) ? found.map(String) : ['the check said nothing'];
}

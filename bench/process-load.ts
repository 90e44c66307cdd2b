import { existsSync, readFileSync } from 'node:fs';

/** What processes have taken so far: CPU time, and the memory that they hold now. */
export type ProcessLoad = { readonly cpuMs: number; readonly residentBytes: number };

/** Linux counts in hundredths of a second, whatever its kernel was built with. */
const TICK_MS = 10;
const PAGE_BYTES = 4_096;

/** Why nothing is known of other processes here; `null` where it is. */
export function whyNoProcessLoad(): string | null {
  return existsSync('/proc/self/stat') ? null : 'processes are counted on Linux';
}

/** The sum over these processes; one that is gone has taken nothing. */
export function processLoad(pids: readonly number[]): ProcessLoad {
  const all = pids.map(loadOf);
  return {
    cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    residentBytes: all.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
  };
}

function loadOf(pid: number): ProcessLoad {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return { cpuMs: 0, residentBytes: 0 };
  }
  // The name stands in brackets and may hold anything; the 14th and 15th field are its time, the 24th its pages.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const at = (field: number): number => fields[field - 3] ?? 0;
  return { cpuMs: (at(14) + at(15)) * TICK_MS, residentBytes: at(24) * PAGE_BYTES };
}

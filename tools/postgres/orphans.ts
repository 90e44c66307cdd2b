import { existsSync, readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const NAME = /^cutover-postgres-(\d+)-(\d+)-/;

/** The beginning of a server's folder: which process it belongs to. A number is used again, with its start time it is not. */
export function folderPrefix(): string {
  return `cutover-postgres-${process.pid}-${startTime(process.pid) ?? 0}-`;
}

/** Ends the servers of processes that are gone (killed, so that they could not end them) and removes their folders. */
export async function endOrphans(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid, started] = NAME.exec(name) ?? [];
    if (pid === undefined || startTime(Number(pid)) === Number(started)) continue;
    const folder = join(tmpdir(), name);
    await endServer(join(folder, 'data'));
    await rm(folder, { recursive: true, force: true });
  }
}

async function endServer(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  // The number may be another process's by now: only a server of this very folder is ended.
  while (commandLine(pid).includes(data)) {
    try {
      process.kill(pid, 'SIGQUIT');
    } catch {
      return;
    }
    await sleep(20);
  }
}

function commandLine(pid: number): string {
  return read(`/proc/${pid}/cmdline`) ?? '';
}

/** Ticks from the machine's start to the process's; `undefined` when there is no such process. */
function startTime(pid: number): number | undefined {
  // The second field is the program's name in parentheses, with anything in it; the 22nd is the time.
  const fields = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  return fields === undefined ? undefined : Number(fields[19]);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

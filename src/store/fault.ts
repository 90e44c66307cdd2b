import { CutoverError, describeError } from '../kernel/index.ts';

/** SQLite's result codes, the low byte: https://www.sqlite.org/rescode.html */
const ERROR = 1;
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;
/** An extended code: the file ends before what its own header says. */
const SHORT_READ = 522;

/** Whether waiting may help. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === BUSY || code === LOCKED;
}

/** Whether something would have had to be written and may not be. */
export function isWriteRefused(error: unknown): boolean {
  const code = resultCode(error);
  return code === READ_ONLY || code === CANNOT_OPEN;
}

/** A failure of SQLite as a coded error; other errors unchanged. */
export function storeFault(error: unknown, file: string): unknown {
  if (error instanceof CutoverError) return error;
  const fault = (
    code: 'STORE_LOCKED' | 'STORE_READ_ONLY' | 'STORE_CORRUPT' | 'STORE_UNAVAILABLE',
    what: string,
    hint: string,
  ) => new CutoverError(code, `${file}: ${what} (${describeError(error)})`, { hint, cause: error });
  switch (extendedCode(error) === SHORT_READ ? CORRUPT : resultCode(error)) {
    case BUSY:
    case LOCKED:
      return fault(
        'STORE_LOCKED',
        'another process holds its lock',
        'see which one with: fuser <file>; nothing was written. An instance goes back by itself with a file <plan id>.kill beside this one',
      );
    case READ_ONLY:
      return fault(
        'STORE_READ_ONLY',
        'it cannot be written',
        'check the permissions of the file and of its folder',
      );
    // What is asked of the file never changes: only its tables can be other ones, or gone since it was cut off.
    case ERROR:
    case CORRUPT:
    case NOT_A_DATABASE:
      return fault(
        'STORE_CORRUPT',
        'it is not a sound state file',
        'keep it and restore a backup: cutover state restore <backup>; instances take their fail side by themselves meanwhile',
      );
    case FULL:
      return fault(
        'STORE_UNAVAILABLE',
        'there is no room for it on the disk; nothing was written',
        'make room; what was asked for can then be repeated. An instance goes back by itself with a file <plan id>.kill beside this one',
      );
    case IO_ERROR:
    case CANNOT_OPEN:
      return fault(
        'STORE_UNAVAILABLE',
        'it cannot be used',
        'check that the folder exists, is mounted and has room',
      );
    default:
      return error;
  }
}

function resultCode(error: unknown): number | undefined {
  const code = extendedCode(error);
  return code === undefined ? undefined : code & 0xff;
}

function extendedCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

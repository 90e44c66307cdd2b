// Control answers nothing any more: not what instances would do, but what they counted in the last seconds.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

type Side = { readonly calls: number };
type Status = {
  readonly exposure: readonly {
    readonly repository: string;
    readonly control: Side;
    readonly candidate: Side;
  }[];
};

const CUTOVER = join(import.meta.dirname, '../../../dist/cli/main.js');
const folder = join(import.meta.dirname, '..');
/** The status shows ten seconds: what control answered before the last step has to leave them. */
const deadline = AbortSignal.timeout(60_000);

for (;;) {
  const args = [CUTOVER, 'status', '--environment', 'production', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  const { exposure } = JSON.parse(stdout) as Status;
  const busy = exposure.filter(({ control }) => control.calls > 0);
  const answered = exposure.reduce((sum, { candidate }) => sum + candidate.calls, 0);
  if (busy.length === 0 && answered > 0) {
    console.log(`control answered none of ${answered} calls`);
    break;
  }
  const still = busy.map(({ repository, control }) => `${control.calls} of ${repository}`).join(', ');
  assert.ok(!deadline.aborted, `control answers: ${still}; the candidate answered ${answered}`);
  await new Promise((resolve) => setTimeout(resolve, 500));
}

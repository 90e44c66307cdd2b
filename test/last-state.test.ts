import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Side } from '../src/route/index.ts';
import { LastState, readLastState } from '../src/node/last-state.ts';

const folder = mkdtempSync(join(tmpdir(), 'cutover-last-'));
const file = join(folder, 'sub/last.json');

function state(epoch: number, failSide: Side) {
  const flag = { exposure: 10_000, of: 'users', instances: [], killed: false } as const;
  return {
    v: 1,
    migration: 'swap',
    environment: 'production',
    epoch,
    salt: 'salt',
    failSide,
    byEnvironment: false,
    global: flag,
    repositories: { user: flag },
    allow: [],
    deny: [],
    staleAfterMs: 10_000,
  } as const;
}

const onDisk = (): number => JSON.parse(readFileSync(file, 'utf8')).epoch;

describe('the last state on disk', () => {
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has another fail side before it is taken, and what is newest in the end', async () => {
    const last = new LastState(file);
    await last.keep(state(1, 'control'));
    expect(onDisk()).toBe(1);
    for (let epoch = 2; epoch < 20; epoch += 1) void last.keep(state(epoch, 'control'));
    await last.keep(state(20, 'candidate'));
    expect(onDisk()).toBe(20);
    expect(readLastState(file, 'swap')).toMatchObject({ epoch: 0, failSide: 'candidate' });
    expect(readLastState(file, 'other')).toBeUndefined();
    for (let epoch = 21; epoch < 30; epoch += 1) void last.keep(state(epoch, 'candidate'));
    await last.written();
    expect(onDisk()).toBe(29);
  });

  it('is waited for by nobody while the fail side stays', async () => {
    const last = new LastState(file);
    await last.keep(state(1, 'control'));
    await last.keep(state(2, 'control'));
    // A file is not replaced within a turn of the event loop.
    expect(onDisk()).toBe(1);
    await last.written();
    expect(onDisk()).toBe(2);
  });

  it('is lost where it cannot be written, and nothing else is', async () => {
    const last = new LastState(join(file, 'below a file that is none', '\0'));
    await last.keep(state(1, 'control'));
    await last.written();
    expect(readLastState(file, 'swap')).toBeUndefined();
  });
});

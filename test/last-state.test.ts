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

  it('has another fail side before anybody hears of it, and the rest with the next report', () => {
    const last = new LastState(file);
    last.keep(state(1, 'control'));
    expect(onDisk()).toBe(1);
    last.keep(state(2, 'control'));
    last.keep(state(3, 'control'));
    expect(onDisk()).toBe(1);
    last.write();
    expect(onDisk()).toBe(3);
    last.keep(state(4, 'candidate'));
    expect(onDisk()).toBe(4);
    expect(readLastState(file, 'swap')).toMatchObject({ epoch: 0, failSide: 'candidate' });
    expect(readLastState(file, 'other')).toBeUndefined();
  });

  it('is lost where it cannot be written, and nothing else is', () => {
    const last = new LastState(join(file, 'below a file that is none', '\0'));
    last.keep(state(1, 'control'));
    last.write();
    expect(readLastState(file, 'swap')).toBeUndefined();
  });
});

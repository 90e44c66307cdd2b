import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { operate, register } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { Catalogue } from '../src/server/catalogue.ts';
import { Hub } from '../src/server/hub.ts';
import { SharedReads } from '../src/server/shared-reads.ts';
import { Verifier } from '../src/server/verifier.ts';
import {
  copyStateFile,
  openSqliteStore,
  type EventMark,
  type Store,
  type StoredEvent,
} from '../src/store/index.ts';
import { PLAN } from './fixtures/cli-project.ts';

const STREAM = 'swap/staging';
const PATIENCE = { timeout: 60_000 };
const { plan, hash: planHash } = parsePlan({
  ...PLAN,
  phases: PLAN.phases.map((phase) => ({ ...phase, needs: { approvals: ['CTO'] } })),
});

let folder: string;
let stores: Store[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-replaced-'));
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** A log in which an actor approved the plan, exposed somebody and then checked something so many times. */
async function log(actor: string, approvals: number): Promise<Store> {
  const store = await openSqliteStore({ file: join(folder, `${actor}.db`), clock: systemClock });
  stores.push(store);
  await register(store, systemClock, plan, 'staging');
  await flag(store, actor, 10);
  for (let times = 0; times < approvals; times += 1) await approve(store, actor, `hash-${times}`);
  return store;
}

const flag = (store: Store, actor: string, value: number) =>
  operate(store, systemClock, STREAM, {
    kind: 'set-flag',
    flag: 'use_candidate',
    value,
    actor,
    reason: 'test',
  });
const approve = (store: Store, actor: string, of: string) =>
  operate(store, systemClock, STREAM, {
    kind: 'approve',
    plan,
    planHash: of,
    role: 'CTO',
    now: systemClock.now(),
    actor,
    reason: 'test',
  });

/** A store whose address leads elsewhere from one call to the next, as that of a database after a failover does. */
function leading(first: Store): { readonly store: Store; leadTo(other: Store): void } {
  let current = first;
  const store = new Proxy(first, {
    get: (_, name) => {
      const member: unknown = Reflect.get(current, name);
      return typeof member === 'function' ? member.bind(current) : member;
    },
  });
  return { store, leadTo: (other) => void (current = other) };
}

/** What somebody who follows was told, in its order. */
async function followed(store: Store): Promise<{ readonly told: string[]; readonly close: () => void }> {
  const told: string[] = [];
  const hub = new Hub(store, new SharedReads(store), systemClock);
  await hub.follow(STREAM, {
    events: (events) => told.push(...events.map(({ seq, hash }) => `event ${text({ seq, hash })}`)),
    routing: ({ epoch, mark }) => told.push(`routing ${epoch} of ${mark === null ? '' : text(mark)}`),
    replaced: (end) => told.push(`replaced, ends ${text(end)}`),
  });
  return { told, close: () => hub.close() };
}

const text = ({ seq, hash }: EventMark): string => `${seq}-${hash.slice(0, 8)}`;
const endOf = async (store: Store): Promise<string> =>
  text((await store.head(STREAM)) ?? { seq: 0, hash: '' });

describe('a log that was replaced while nobody looked', () => {
  it.each([
    ['shorter', 1],
    ['as long', 3],
    ['longer', 6],
  ])('is told to who follows it where the other one is %s', async (_, approvals) => {
    const one = await log('ana', 3);
    const other = await log('ben', approvals);
    const led = leading(one);
    const { told, close } = await followed(led.store);
    try {
      await approve(one, 'ana', 'a last one');
      await approve(other, 'ben', 'a last one');
      await expect.poll(() => told.at(-1), PATIENCE).toBe(`event ${await endOf(one)}`);
      const before = told.length;
      const replaced = `replaced, ends ${await endOf(other)}`;
      led.leadTo(other);
      await expect.poll(() => told.slice(before), PATIENCE).toContain(replaced);
      // The epoch is the same, and the state is not.
      const routing = await other.routing(STREAM);
      const mark = routing?.mark ?? { seq: 0, hash: '' };
      const state = `routing ${routing?.epoch} of ${text(mark)}`;
      expect((await one.routing(STREAM))?.epoch).toBe(routing?.epoch);
      await expect.poll(() => told.slice(before), PATIENCE).toContain(state);
      expect(told.slice(before).filter((line) => line.startsWith('event'))).toEqual([]);
      const { stored } = await approve(other, 'ben', 'one more');
      await expect.poll(() => told.at(-1), PATIENCE).toBe(`event ${text(stored[0] as StoredEvent)}`);
      expect(told.filter((line) => line === replaced)).toHaveLength(1);
    } finally {
      close();
    }
  });

  it('is told where only what came behind the routing state is another, as in a copy that went on by itself', async () => {
    const one = await log('ana', 1);
    await copyStateFile(join(folder, 'ana.db'), join(folder, 'copy.db'));
    const copy = await openSqliteStore({ file: join(folder, 'copy.db'), clock: systemClock });
    stores.push(copy);
    await approve(one, 'ana', 'one');
    for (const of of ['one', 'two', 'three']) await approve(copy, 'ben', of);
    const led = leading(one);
    const { told, close } = await followed(led.store);
    try {
      await approve(one, 'ana', 'two');
      await expect.poll(() => told.at(-1), PATIENCE).toBe(`event ${await endOf(one)}`);
      led.leadTo(copy);
      await expect.poll(() => told, PATIENCE).toContain(`replaced, ends ${await endOf(copy)}`);
      expect(told.filter((line) => line.startsWith('event'))).toHaveLength(1);
    } finally {
      close();
    }
  });

  it('is looked at for a rollback that is not verified, also where the log before had one in the same place', async () => {
    const [one, other] = [await log('ana', 0), await log('ben', 0)];
    for (const [store, actor] of [
      [one, 'ana'],
      [other, 'ben'],
    ] as const)
      await operate(store, systemClock, STREAM, {
        kind: 'rollback',
        mode: 'drain',
        repositories: null,
        actor,
        reason: 'test',
      });
    await approve(other, 'ben', 'one more');
    const led = leading(one);
    const hub = new Hub(led.store, new SharedReads(led.store), systemClock);
    const catalogue = new Catalogue(led.store, systemClock, [{ plan, hash: planHash }]);
    const subject = await catalogue.find('swap', 'staging');
    const verified: unknown[] = [];
    const verifier = new Verifier({
      store: led.store,
      clock: systemClock,
      holder: 'test',
      portsOf: (of) => {
        verified.push(of);
        return null;
      },
      onTrouble: (error) => verified.push(error),
    });
    try {
      await verifier.follow(hub, subject, () => catalogue.state(subject));
      await expect.poll(() => verified, PATIENCE).toEqual([subject]);
      led.leadTo(other);
      await expect.poll(() => verified, PATIENCE).toEqual([subject, subject]);
    } finally {
      hub.close();
      await verifier.close();
    }
  });

  it('leaves nothing of its past in what a server answers', async () => {
    const one = await log('ana', 2);
    const other = await log('ben', 5);
    const led = leading(one);
    const catalogue = new Catalogue(led.store, systemClock, [{ plan, hash: planHash }]);
    const subject = await catalogue.find('swap', 'staging');
    const known = async () => ({
      hands: await catalogue.hands(subject),
      end: (await catalogue.status(subject)).log.seq,
      chronicle: await catalogue.chronicle(subject),
    });
    expect((await known()).hands.acted).toEqual(['ana']);
    led.leadTo(other);
    // Four eyes are counted from the log that is there.
    const { hands, chronicle } = await known();
    const fresh = new Catalogue(other, systemClock, [{ plan, hash: planHash }]);
    expect(chronicle).toEqual(await fresh.chronicle(subject));
    expect(hands.acted).toEqual(['ben']);
    expect(Object.values(hands.approved).flat()).not.toContain('ana');
    await expect.poll(async () => (await known()).end, PATIENCE).toBe((await other.head(STREAM))?.seq);
  });
});

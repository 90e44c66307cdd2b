// What the shop needs of a repository works, on every instance, over HTTP: node checks/works.ts <repository>.
// Whatever it makes it takes away again; its item is one that nobody else sells.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ask, TARGETS, type Reply } from './shop-at.ts';

type Check = (target: string) => Promise<void>;
type Row = Readonly<Record<string, unknown>> & { readonly id: number };

const OWN_ITEM = 40;
/** Seeded bikes above this number are not in the load. */
const OWN_BIKES_FROM = 100;

const CHECKS: Readonly<Record<string, Check>> = {
  async user(at) {
    assert.equal(row(await ask(at, 'GET', '/users/1')).id, 1);
    assert.equal((await ask(at, 'POST', '/users/1/seen')).body, true);
    assert.equal((await ask(at, 'GET', '/users/999999')).status, 404);
  },
  async customer(at) {
    const email = `check-${randomUUID()}@mail.example`;
    const customer = { name: 'Check', email, phone: null, address: { city: 'Roma' }, taxExempt: true };
    const created = row(await ask(at, 'POST', '/customers', customer));
    assert.deepEqual(row(await ask(at, 'GET', `/customers/${created.id}`)), {
      ...customer,
      id: created.id,
    });
    assert.deepEqual((await ask(at, 'GET', `/customers?search=${email}`)).body, [created]);
    assert.equal((await ask(at, 'POST', '/customers', customer)).status, 409);
    assert.equal((await ask(at, 'DELETE', `/customers/${created.id}`)).body, true);
    assert.equal((await ask(at, 'GET', `/customers/${created.id}`)).status, 404);
  },
  async bike(at) {
    const available = (await ask(at, 'GET', '/bikes')).body as readonly Row[];
    const bike = available.find(({ id }) => id > OWN_BIKES_FROM);
    assert.ok(bike, 'no bike is available');
    const path = `/bikes/${bike.id}`;
    const until = new Date(Date.now() + 60_000).toISOString();
    const reserved = row(await ask(at, 'POST', `${path}/reserve`, { customerId: 1, until }));
    assert.deepEqual([reserved['status'], reserved['reservedUntil']], ['reserved', until]);
    assert.equal((await ask(at, 'POST', `${path}/reserve`, { customerId: 2, until })).status, 404);
    assert.deepEqual(row(await ask(at, 'POST', `${path}/release`)), bike);
  },
  async item(at) {
    const change = (quantity: number) =>
      ask(at, 'POST', `/items/${OWN_ITEM}/stock`, { quantity, reason: 'check' });
    const before = Number(row(await ask(at, 'GET', `/items/${OWN_ITEM}`))['stock']);
    assert.equal(row(await change(3))['stock'], before + 3);
    assert.equal((await change(-before - 4)).status, 409);
    assert.equal(row(await change(-3))['stock'], before);
  },
  async repair(at) {
    const scheduledFor = '2026-12-24T08:00:00.000Z';
    const made = row(await ask(at, 'POST', '/repairs', { customerId: 1, scheduledFor }));
    assert.deepEqual([made['scheduledFor'], made['mechanic']], [scheduledFor, null]);
    const path = `/repairs/${made.id}`;
    assert.notEqual(row(await ask(at, 'POST', `${path}/status`, { status: 'done' }))['finishedAt'], null);
    const cancelled = row(await ask(at, 'POST', `${path}/status`, { status: 'cancelled' }));
    assert.deepEqual(row(await ask(at, 'GET', path)), cancelled);
  },
  async transaction(at) {
    const item = row(await ask(at, 'GET', '/items/7'));
    const order = {
      reference: randomUUID(),
      customerId: 1,
      cashierId: 2,
      payment: 'approved',
      items: [{ id: 7, quantity: 3 }],
    };
    const sold = row(await ask(at, 'POST', '/checkout', order));
    const subtotal = 3 * Number(item['price']);
    const tax = Math.round((subtotal * Number(item['tax'])) / 10_000);
    assert.deepEqual([sold['subtotal'], sold['tax'], sold['total']], [subtotal, tax, subtotal + tax]);
    // The terminal sends it again: it is the same transaction.
    assert.deepEqual(row(await ask(at, 'POST', '/checkout', order)), sold);
    const tooMany = { ...order, reference: randomUUID(), items: [{ id: OWN_ITEM, quantity: 1_000_000 }] };
    assert.equal((await ask(at, 'POST', '/checkout', tooMany)).status, 409);
    assert.equal(row(await ask(at, 'POST', `/transactions/${sold.id}/refund`))['status'], 'refunded');
    assert.equal((await ask(at, 'POST', `/transactions/${sold.id}/refund`)).status, 404);
  },
};

const [name = ''] = process.argv.slice(2);
const check = CHECKS[name];
if (check === undefined) throw new Error(`one of ${Object.keys(CHECKS).join(', ')}, not "${name}"`);
for (const target of TARGETS) await check(target);
console.log(`${name}: works on ${TARGETS.length} instances`);

function row({ status, body }: Reply): Row {
  assert.equal(status, 200, JSON.stringify(body));
  return body as Row;
}

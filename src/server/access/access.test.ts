import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Buckets, take, type Bucket } from './bucket.ts';
import { Proxy, type ProxySettings } from './proxy.ts';
import { isAllowed, isInScope, ROLES, type Permission } from './role.ts';
import { identify, newToken, type StoredToken } from './token.ts';

const ALL: readonly Permission[] = ['read', 'operate', 'confirm', 'approve', 'administer', 'report'];

describe('a role', () => {
  it.each([
    ['viewer', ['read']],
    ['operator', ['read', 'operate', 'confirm']],
    ['approver', ['read', 'confirm', 'approve']],
    ['administrator', ['read', 'operate', 'confirm', 'approve', 'administer']],
    ['instance', ['report']],
  ] as const)('%s may %j and nothing else', (role, may) => {
    expect(ALL.filter((permission) => isAllowed({ roles: [role], scopes: null }, permission))).toEqual(
      ALL.filter((permission) => may.some((one) => one === permission)),
    );
  });

  it('is one of five, and none at all allows nothing', () => {
    expect(ROLES).toHaveLength(5);
    expect(ALL.some((permission) => isAllowed({ roles: [], scopes: null }, permission))).toBe(false);
  });
});

describe('a scope', () => {
  it.each([
    [null, true],
    [[], false],
    [['swap/production'], true],
    [['swap/*'], true],
    [['*/production'], true],
    [['*/*'], true],
    [['swap/staging', 'other/production'], false],
    [['swap'], false],
  ] as const)('%j has swap/production: %s', (scopes, has) => {
    expect(isInScope({ scopes }, 'swap', 'production')).toBe(has);
  });
});

describe('a token', () => {
  const { id, text, hash } = newToken();
  const stored: StoredToken = {
    id,
    name: 'ana',
    hash,
    roles: ['viewer'],
    scopes: null,
    approves: null,
    createdAt: 0,
    createdBy: 'root',
    expiresAt: 1_000,
    revoked: null,
  };
  const find = (one: StoredToken) => (wanted: string) => (wanted === one.id ? one : undefined);

  it('is somebody until it expires or is revoked', () => {
    expect(identify(text, find(stored), 999)).toMatchObject({ actor: 'ana', by: 'token' });
    expect(identify(text, find(stored), 1_000)).toBeUndefined();
    const revoked = { at: 5, actor: 'root', reason: 'lost' };
    expect(identify(text, find({ ...stored, revoked }), 10)).toBeUndefined();
  });

  it('is nobody with any character changed', () => {
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom('A', 'b', '0', '_', ' '), (at, other) => {
        fc.pre(text[at] !== other);
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        expect(identify(changed, find(stored), 10)).toBeUndefined();
      }),
    );
    expect(identify('', find(stored), 10)).toBeUndefined();
  });

  it('is kept without its secret', () => {
    const secret = text.split('_').slice(2).join('_');
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect(newToken().text).not.toBe(text);
  });
});

describe('a rate', () => {
  it('lets through its burst and what has filled since, and never more', () => {
    const rate = { burst: 5, perSecond: 2 };
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2_000 }), { maxLength: 60 }), (gaps) => {
        let now = 0;
        let passed = 0;
        let bucket: Bucket | undefined;
        for (const gap of gaps) {
          now += gap;
          const taken = take(bucket, rate, now);
          if (taken === undefined) continue;
          passed += 1;
          bucket = taken;
        }
        expect(passed).toBeLessThanOrEqual(rate.burst + (now / 1_000) * rate.perSecond + 1e-6);
        expect(passed).toBeGreaterThanOrEqual(Math.min(gaps.length, rate.burst));
      }),
    );
  });

  it('is of each key alone, and forgets keys rather than fill the memory', () => {
    const buckets = new Buckets({ burst: 1, perSecond: 0 });
    expect([buckets.take('a', 0), buckets.take('a', 0), buckets.take('b', 0)]).toEqual([true, false, true]);
    for (let key = 0; key < 10_001; key += 1) buckets.take(`k${key}`, 0);
    expect(buckets.take('a', 0)).toBe(true);
  });
});

describe('a proxy', () => {
  const settings: ProxySettings = {
    userHeader: 'x-user',
    groupsHeader: 'x-groups',
    addresses: ['10.1.0.0/16'],
    secret: { header: 'x-secret', value: 'sixteen characters' },
    everybody: ['viewer'],
    groups: new Map([['ops', ['operator']]]),
  };
  const headers = (more: Record<string, string> = {}): Headers =>
    new Headers({ 'x-user': 'ana@example.test', 'x-secret': 'sixteen characters', ...more });

  it('is believed only from where it is, with what only it has', () => {
    const proxy = new Proxy(settings);
    expect(proxy.isTrusted(headers(), '10.1.2.3')).toBe(true);
    expect(proxy.isTrusted(headers(), '10.2.2.3')).toBe(false);
    expect(proxy.isTrusted(headers(), '::1')).toBe(false);
    expect(proxy.isTrusted(headers({ 'x-secret': 'sixteen character5' }), '10.1.2.3')).toBe(false);
    expect(proxy.isTrusted(headers({ 'x-secret': '' }), '10.1.2.3')).toBe(false);
  });

  it('gives the roles of groups that are named, and of no other', () => {
    const proxy = new Proxy(settings);
    const roles = (groups: string) => proxy.identify(headers({ 'x-groups': groups }))?.roles;
    expect(roles('ops, dev')).toEqual(['viewer', 'operator']);
    expect(roles('constructor, OPS')).toEqual(['viewer']);
    expect(proxy.identify(headers({ 'x-user': ' ' }))).toBeUndefined();
  });

  it('names one person: a header that came twice names nobody', () => {
    const proxy = new Proxy(settings);
    const twice = headers();
    twice.append('x-user', 'eva@example.test');
    expect(proxy.identify(twice)).toBeUndefined();
    expect(proxy.identify(headers({ 'x-user': 'CN=Ana,O=Example' }))?.actor).toBe('CN=Ana,O=Example');
  });

  it('that anybody could be is refused, and so is an address that is none', () => {
    const make = (more: Partial<ProxySettings>) => () => new Proxy({ ...settings, ...more });
    const usage = expect.objectContaining({ code: 'USAGE' });
    expect(make({ addresses: [], secret: null })).toThrow(usage);
    for (const address of ['proxy', '10.0.0.0/33', '1.2.3', ''])
      expect(make({ addresses: [address] })).toThrow(usage);
    for (const header of ['x user', '', 'x-user:'])
      for (const more of [{ userHeader: header }, { groupsHeader: header }])
        expect(make(more)).toThrow(usage);
  });
});

import { Script } from 'node:vm';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allowance } from './allowance.ts';
import { isSameOrigin, MOST_REPORT_BYTES, parsePageReport } from './beacon-report.ts';
import { BEACON_SCRIPT } from './beacon-script.ts';
import { PageTokens } from './page-token.ts';

const HOUR = 3_600_000;
const NOW = 490_000 * HOUR;
const REPOSITORIES = ['user', 'bike', 'item'];
const SECRET = 'sixteen characters or more';
const tokens = (secret = SECRET, names = REPOSITORIES): PageTokens => new PageTokens('swap', names, secret);

const sideOf = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).map(
  (bits) =>
    (name: string): 'control' | 'candidate' =>
      bits[REPOSITORIES.indexOf(name)] === true ? 'candidate' : 'control',
);

describe('what a page is told about its sides', () => {
  it('comes back as it was said, to any instance with the secret', async () => {
    await fc.assert(
      fc.asyncProperty(sideOf, fc.nat(HOUR), async (of, later) => {
        const token = await tokens().make(NOW, of);
        const expected = Object.fromEntries(REPOSITORIES.map((name) => [name, of(name)]));
        expect(await tokens().sides(token, NOW + later)).toEqual(expected);
        expect(token.length).toBeLessThan(80);
      }),
      { numRuns: 30 },
    );
  });

  it('is nothing when it is too old, of another secret, of other repositories, or changed', async () => {
    const token = await tokens().make(NOW, () => 'control');
    expect(await tokens().sides(token, NOW + 2 * HOUR)).toBeUndefined();
    expect(await tokens().sides(token, NOW - 2 * HOUR)).toBeUndefined();
    expect(await tokens('another secret of some length').sides(token, NOW)).toBeUndefined();
    expect(await tokens(SECRET, ['user', 'bike', 'repair']).sides(token, NOW)).toBeUndefined();
    expect(await tokens(SECRET, ['user', 'bike']).sides(token, NOW)).toBeUndefined();
    expect(await tokens().sides(token.replace('.000.', '.111.'), NOW)).toBeUndefined();
  });

  it('is nothing for whatever somebody makes up', async () => {
    const asked = tokens();
    await asked.make(NOW, () => 'candidate');
    const hour = String(NOW / HOUR);
    const guess = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.stringMatching(/^[A-Za-z0-9_-]{43}$/).map((mac) => `${hour}.111.${mac}`),
      fc.constantFrom(
        '',
        '..',
        `${hour}.111.`,
        `${hour}..${'A'.repeat(43)}`,
        `${hour}.111.${'_'.repeat(43)}`,
      ),
    );
    await fc.assert(
      fc.asyncProperty(guess, async (token) => {
        expect(await asked.sides(token, NOW)).toBeUndefined();
      }),
    );
  });

  it('is there at once for all pages but the first of an hour', async () => {
    const asked = tokens();
    const control = () => 'control' as const;
    expect(asked.at(NOW, control)).toBeUndefined();
    const made = await asked.make(NOW, control);
    expect(asked.at(NOW, control)).toBe(made);
    expect(asked.at(NOW + HOUR, control)).toBeUndefined();
  });
});

describe('a report of a page', () => {
  const token = '490000.000.mac';

  it('is what the script sends', () => {
    expect(parsePageReport(JSON.stringify({ t: token, l: 812.4, e: 0 }))).toEqual({
      kind: 'view',
      token,
      loadMs: 812.4,
      failed: false,
    });
    expect(parsePageReport(JSON.stringify({ t: token, l: null, e: 1 }))).toMatchObject({
      loadMs: null,
      failed: true,
    });
    expect(parsePageReport(JSON.stringify({ t: token, late: 1 }))).toEqual({ kind: 'late error', token });
  });

  it.each([
    '',
    '[]',
    'null',
    '7',
    '{',
    '{"l":1,"e":0}',
    '{"t":1,"l":1,"e":0}',
    '{"t":"x","l":1}',
    '{"t":"x","l":1,"e":0,"more":1}',
    '{"t":"x","l":1,"e":2}',
    '{"t":"x","l":1,"e":true}',
    '{"t":"x","l":-1,"e":0}',
    '{"t":"x","l":1e99,"e":0}',
    '{"t":"x","l":"1","e":0}',
    '{"t":"x","late":0}',
    '{"t":"x","late":1,"l":1,"e":0}',
    `{"t":"${'x'.repeat(300)}","late":1}`,
    `{"t":"x","l":1,"e":0}${' '.repeat(MOST_REPORT_BYTES)}`,
  ])('is not %s', (body) => {
    expect(parsePageReport(body)).toBeUndefined();
  });

  it('is never anything else, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        const report = parsePageReport(body);
        if (report?.kind !== 'view' || report.loadMs === null) return;
        expect(report.loadMs).toBeGreaterThanOrEqual(0);
        expect(report.loadMs).toBeLessThanOrEqual(600_000);
      }),
    );
  });

  it('comes from a page of this origin', () => {
    const none = { site: undefined, origin: undefined, host: 'shop.example' };
    expect(isSameOrigin({ ...none, site: 'same-origin' })).toBe(true);
    for (const site of ['cross-site', 'same-site', 'none', ''])
      expect(isSameOrigin({ site, origin: 'https://shop.example', host: 'shop.example' })).toBe(false);
    expect(isSameOrigin({ ...none, origin: 'https://shop.example' })).toBe(true);
    expect(isSameOrigin({ ...none, origin: 'https://shop.example:8443' })).toBe(false);
    expect(isSameOrigin({ ...none, origin: 'https://evil.example' })).toBe(false);
    expect(isSameOrigin({ ...none, origin: 'null' })).toBe(false);
    expect(isSameOrigin(none)).toBe(false);
  });
});

describe('the allowance of an instance', () => {
  it('is never passed, in any rhythm', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.nat(400), { maxLength: 300 }),
        (rate, waits) => {
          const allowance = new Allowance(rate, 0);
          let [now, taken] = [0, 0];
          for (const wait of waits) {
            now += wait;
            if (allowance.takes(now)) taken += 1;
            expect(taken).toBeLessThanOrEqual(rate * 2 + (now / 1_000) * rate + 1e-6);
          }
        },
      ),
    );
  });

  it('comes back', () => {
    const allowance = new Allowance(1, 0);
    expect([0, 0, 0].map((now) => allowance.takes(now))).toEqual([true, true, false]);
    expect([900, 1_000].map((now) => allowance.takes(now))).toEqual([false, true]);
  });
});

describe('the script', () => {
  it('is small, and is a script', () => {
    expect(gzipSync(BEACON_SCRIPT, { level: 9 }).length).toBeLessThanOrEqual(1_000);
    expect(() => new Script(BEACON_SCRIPT)).not.toThrow();
  });
});

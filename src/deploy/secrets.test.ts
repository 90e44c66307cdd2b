import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from './secrets.ts';

const secret = fc.stringMatching(/^[A-Za-z0-9+_.-]{12,30}$/);
const places: readonly ((secret: string) => string)[] = [
  (text) => `connect ECONNREFUSED postgresql://shop:${text}@db.internal:5432/shop`,
  (text) => `password=${text} host=db`,
  (text) => `DB_PASSWORD='${text}'`,
  (text) => `{"apiKey": "${text}", "ok": false}`,
  (text) => `Authorization: Bearer ${text}`,
  (text) => `curl --access-token ${text} https://x`,
  (text) => `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----`,
  (text) => `ghp_${text.replaceAll(/\W/g, '0')}`,
];

describe('an output without secrets', () => {
  it('has none of them wherever they usually stand, and keeps the rest', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...places), (text, place) => {
        const clean = withoutSecrets(`before\n${place(text)}\nafter`, {});
        expect(clean).not.toContain(text);
        expect(clean.startsWith('before\n') && clean.endsWith('\nafter')).toBe(true);
      }),
    );
    expect(withoutSecrets('to postgresql://shop:pa@ss@db/shop failed', {})).toBe(
      'to postgresql://shop:[redacted]@db/shop failed',
    );
  });

  it('has nothing of what the environment calls one, and of the passwords in its addresses', () => {
    fc.assert(
      fc.property(secret, (text) => {
        const env = { SMOKE_TOKEN: text, DATABASE_URL: `postgresql://u:${encodeURIComponent(text)}x@h/d` };
        expect(withoutSecrets(`said ${text} and ${text}x`, env)).not.toContain(text);
      }),
    );
  });

  it('is what it was where nothing is a secret', () => {
    for (const text of ['checkout answers 500', 'exit 1', 'http://localhost:3000/health: 503', 'USER is ana'])
      expect(withoutSecrets(text, { USER: 'ana', PWD: '/srv/app', API_KEY: 'ana' })).toBe(text);
  });
});

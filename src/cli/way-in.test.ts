import { describe, expect, it } from 'vitest';
import type { Role } from '../server/index.ts';
import { wayIn } from './way-in.ts';

const token = (role: Role, expiresAt: number, isRevoked = false) => ({
  id: '0123456789ab',
  name: 'ana',
  hash: '',
  roles: [role],
  scopes: null,
  approves: null,
  createdAt: 0,
  createdBy: 'root',
  expiresAt,
  revoked: isRevoked ? { at: 1, actor: 'root', reason: 'left' } : null,
});

describe('the way in to a server', () => {
  it('is its link, where it has one', () => {
    expect(wayIn('http://127.0.0.1:1/enter/x', true, [], 5)).toContain('open http://127.0.0.1:1/enter/x');
  });

  it('is said where there is none yet: no token of a person that is good, and no proxy', () => {
    const none = [token('viewer', 5), token('viewer', 10, true), token('instance', 10)];
    expect(wayIn(null, false, none, 5)).toContain('cutover token create');
    expect(wayIn(null, true, none, 5)).toBeNull();
    expect(wayIn(null, false, [...none, token('viewer', 10)], 5)).toBeNull();
  });
});

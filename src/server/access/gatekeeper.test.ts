import { describe, expect, it } from 'vitest';
import { CutoverError, type Clock } from '../../kernel/index.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { newToken } from './token.ts';

const { id, text, hash } = newToken();
const stored = {
  id,
  name: 'shop',
  hash,
  roles: ['instance'],
  scopes: ['swap/production'],
  approves: null,
  createdAt: 0,
  createdBy: 'root',
  expiresAt: 1e12,
  revoked: null,
} as const;
const OF = { migration: 'swap', environment: 'production' };

/** A clock that stands still until it is moved. */
class Still implements Clock {
  at = 0;
  now = (): number => this.at;
  monotonic = (): number => this.at;
  sleep = (): Promise<void> => Promise.resolve();
  every = () => (): void => {};
}

function gate() {
  const clock = new Still();
  const refusals: string[] = [];
  const gatekeeper = new Gatekeeper({
    clock,
    directory: { find: (wanted) => (wanted === id ? stored : undefined) },
    audit: { refused: ({ code }) => void refusals.push(code) },
    proxy: null,
    sessions: null,
    origins: [],
  });
  const isTaken = (headers: Headers): boolean => {
    try {
      gatekeeper.admit({ method: 'POST', path: '/report', headers, peer: '10.0.0.1' }, 'report', OF);
      return true;
    } catch (error) {
      if (error instanceof CutoverError && error.code === 'TOO_MANY_REQUESTS') return false;
      throw error;
    }
  };
  /** @returns how many of so many reports were taken */
  const report = (times: number, instance: string | null): number => {
    const headers = new Headers({ authorization: `Bearer ${text}` });
    if (instance !== null) headers.set('x-cutover-instance', instance);
    return Array.from({ length: times }, () => isTaken(headers)).filter(Boolean).length;
  };
  return { clock, refusals, report, gatekeeper };
}

describe('tokens that are none', () => {
  it('are answered so many times an address, and never keep out a good one from there: a balancer is one address', () => {
    const { clock, gatekeeper } = gate();
    const codeOf = (token: string): string => {
      const headers = new Headers({ authorization: `Bearer ${token}` });
      try {
        return gatekeeper.admit({ method: 'GET', path: '/routing', headers, peer: '10.0.0.1' }, 'report', OF)
          .actor;
      } catch (error) {
        return error instanceof CutoverError ? error.code : 'fault';
      }
    };
    const wrong = newToken().text;
    const answers = Array.from({ length: 12 }, () => codeOf(wrong));
    expect(answers).toEqual([
      ...Array.from({ length: 10 }, () => 'UNAUTHENTICATED'),
      'TOO_MANY_REQUESTS',
      'TOO_MANY_REQUESTS',
    ]);
    expect(codeOf(text)).toBe('shop');
    clock.at += 6_000;
    expect([codeOf(wrong), codeOf(wrong), codeOf(text)]).toEqual([
      'UNAUTHENTICATED',
      'TOO_MANY_REQUESTS',
      'shop',
    ]);
  });
});

describe('reports by one token', () => {
  it('of one instance are bounded, and take nothing from what others of it may send', () => {
    const { clock, refusals, report } = gate();
    expect(report(10_000, 'noisy')).toBe(100);
    expect(refusals).toHaveLength(9_900);
    expect(report(10, 'quiet')).toBe(10);
    clock.at += 1_000;
    expect(report(1_000, 'noisy')).toBe(20);
    expect(report(1, 'quiet')).toBe(1);
  });

  it('of instances that do not say who they are share a bound, and take nothing from those that do', () => {
    const { report } = gate();
    expect(report(5_000, null)).toBe(4_000);
    expect(report(10, 'quiet')).toBe(10);
  });

  it('have a bound in sum, under however many names', () => {
    const { report } = gate();
    const names = Array.from({ length: 5_000 }, (_, index) => `i${index}`);
    expect(names.filter((name) => report(1, name) === 1)).toHaveLength(4_000);
  });
});

import { describe, expect, it } from 'vitest';
import { namesSeveralHosts, postgresAddress } from './address.ts';

describe('an address of a PostgreSQL', () => {
  it.each([
    ['postgresql://a,b/db', true],
    ['postgresql://u:p@a:5432,b:5433/db', true],
    ['postgres://u:p,q@a/db', false],
    ['postgres://u:p,q@a,b/db', true],
    ['postgresql:///db?host=a,b', true],
    ['postgresql://a/db?host=%2Frun%2Fpostgresql&options=-c%20search_path%3Da,b', false],
    ['postgresql://[::1]:5432/a,b', false],
    ['nothing', false],
  ])('%s names several hosts: %s', (url, is) => {
    expect(namesSeveralHosts(url)).toBe(is);
  });

  it('that names several is refused by what is wrong with it, without being shown', () => {
    for (const url of ['postgresql://u:hunter2@a,b/db', 'postgresql://u:hunter2@a:1,b:2/db'])
      expect(() => postgresAddress({ STATE_URL: url }, 'STATE_URL', null)).toThrow(
        'STATE_URL names several hosts, and one connection is to one of them (its value is not shown: it may hold a password)',
      );
  });
});

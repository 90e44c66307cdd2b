import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FlagNames } from './names.ts';
import { sharedNames, type Shared } from './shared.ts';

const word = fc.constantFrom('user', 'order', 'bike', 'User', 'ORDER');
const flag = fc.record({
  name: word,
  aliases: fc.array(word, { maxLength: 2 }),
  env: fc.option(word.map((text) => text.toUpperCase())),
});
const names: fc.Arbitrary<FlagNames> = fc.record({
  global: flag,
  repositories: fc.dictionary(word, flag, { minKeys: 1, maxKeys: 3 }),
});

const all = ({ global, repositories }: FlagNames) => [global, ...Object.values(repositories)];
const texts = (shared: readonly Shared[]): readonly string[] =>
  shared.map(({ kind, name }) => `${kind} ${name}`).toSorted();

it('is what both plans name, whichever is asked first, flags in any case of letters', () => {
  fc.assert(
    fc.property(names, names, (one, other) => {
      const shared = sharedNames(one, other);
      expect(texts(shared)).toEqual(texts(sharedNames(other, one)));
      const of = (kind: Shared['kind']) => shared.filter((found) => found.kind === kind).length;
      const repositories = Object.keys(one.repositories).filter((name) => name in other.repositories);
      expect(of('repository')).toBe(repositories.length);
      const spelled = (list: FlagNames) =>
        all(list).flatMap(({ name, aliases }) => [name, ...aliases].map((text) => text.toLowerCase()));
      expect(of('flag') > 0).toBe(spelled(one).some((text) => spelled(other).includes(text)));
      const variables = (list: FlagNames) => all(list).flatMap(({ env }) => env ?? []);
      expect(of('variable') > 0).toBe(variables(one).some((text) => variables(other).includes(text)));
    }),
  );
});

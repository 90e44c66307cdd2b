import type { Found, Layer } from './found.ts';

/** What is likely replaced by what. A person has the last word: what nothing showed is in `open`. */
export type Guess = {
  readonly control: string;
  readonly candidate: string;
  readonly topology: 'same-store' | 'two-store';
  /** Whether a person has to say what the sides really are. */
  readonly open: boolean;
};

/** The swap that this package is most used for; taken where only control can be seen. */
const USUAL_CANDIDATE = 'Drizzle';

export function guessFrom({ layers, databases }: Found): Guess {
  const [candidate, control] = layers.filter(({ kind }) => kind !== 'driver').toReversed();
  const drivers = layers.filter(({ kind }) => kind === 'driver');
  const swap = (from: string, to: string, open: boolean): Guess => ({
    control: from,
    candidate: to,
    topology: 'same-store',
    open,
  });
  if (control !== undefined && candidate !== undefined) return swap(control.name, candidate.name, false);
  if (candidate === undefined) return withoutLayer(drivers, databases, swap);
  if (candidate.name !== USUAL_CANDIDATE) return swap(candidate.name, USUAL_CANDIDATE, true);
  // Drizzle needs a driver too, so that the driver alone does not prove that there is raw SQL.
  return drivers.length > 0
    ? swap(rawSql(drivers), candidate.name, true)
    : swap('Raw SQL', candidate.name, true);
}

function withoutLayer(
  drivers: readonly Layer[],
  databases: readonly string[],
  swap: (from: string, to: string, open: boolean) => Guess,
): Guess {
  const [from, to] = databases;
  if (from !== undefined && to !== undefined)
    return { control: from, candidate: to, topology: 'two-store', open: true };
  return drivers.length > 0 || from !== undefined
    ? swap(rawSql(drivers), USUAL_CANDIDATE, true)
    : swap('Control', 'Candidate', true);
}

function rawSql(drivers: readonly Layer[]): string {
  return drivers.length === 0 ? 'Raw SQL' : `Raw SQL (${drivers.map(({ name }) => name).join(', ')})`;
}

/** `raw-sql-to-drizzle`: what an id may be made of, and no more than one has room for. */
export function idOf({ control, candidate }: Guess): string {
  return `${slug(control)}-to-${slug(candidate)}`;
}

/** `USE_DRIZZLE`. */
export function flagOf({ candidate }: Guess): string {
  return `USE_${slug(candidate).replaceAll('-', '_').toUpperCase()}`;
}

function slug(name: string): string {
  return name
    .replace(/ \(.*\)$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
}

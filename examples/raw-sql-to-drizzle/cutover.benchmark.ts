import { defineBenchmark } from 'cutover/testing';

// The database of this example is in the process. Where yours is behind a network, its way is part of every call.
process.env['ROUND_TRIP_MS'] ??= '0';
const { openDatabase, seed } = await import('./app/database.ts');
const { rawSql } = await import('./app/control.ts');
const { withDrizzle } = await import('./app/candidate.ts');
const { Faults } = await import('./app/faults.ts');

const anyId = (random: () => number): [id: number] => [1 + Math.floor(random() * 50)];

/** What the service asks for most, and its writes; each side on a database in memory that nobody else sees. */
export default defineBenchmark({
  setup(side) {
    const database = openDatabase(':memory:');
    seed(database);
    const all =
      side === 'control' ? rawSql(database) : withDrizzle(database, new Faults(process.env['FAULTS']));
    return { repositories: all, scratch: true, close: () => database.close() };
  },
  reads: {
    project: { find: anyId, list: (random) => [`user-${Math.floor(random() * 7)}`] },
    execution: { find: anyId, forProject: anyId },
    event: { forExecution: anyId, count: anyId },
  },
  writes: {
    project: { create: (_, call) => [`Project ${call}`, 'benchmark'] },
    execution: { start: (random) => [...anyId(random), null] },
    event: { append: (random, call) => [...anyId(random), 'benchmark', JSON.stringify({ call })] },
  },
  // Both return Results. An error has no good time.
  isError: (result) => (result as { readonly ok: boolean }).ok === false,
});

import { defineConfig } from 'vitest/config';

const src = (path: string): string => new URL(`./src/${path}`, import.meta.url).pathname;
const alias = [
  { find: /^cutover$/, replacement: src('index.ts') },
  { find: /^cutover\/beacon$/, replacement: src('middleware/beacon.ts') },
  { find: /^cutover\/node$/, replacement: src('node/index.ts') },
  { find: /^cutover\/shadow$/, replacement: src('shadow/index.ts') },
  { find: /^cutover\/testing$/, replacement: src('testing/index.ts') },
];

/** Tests that start processes and wait for what they say, and measure nothing: two files at a time. */
const COMMANDS = [
  'test/cli.test.ts',
  'test/cli-!(benchmark).test.ts',
  'test/package-*.test.ts',
  'examples/prisma-to-drizzle/{app,compare,page}.test.ts',
  'test/{compare,confirm,contingencies,databases*,decisions,engine,gates,gates-certified,measures*,mismatches-replay,node-agent}.test.ts',
  'test/{plan-power,postgres-server,readme,replay-http,store-postgres,two-plans}.test.ts',
  'test/{clock-skew,dashboard*,flags,holdback,postgres-failover,postgres-faults,postgres-state,serve,server*,state-place,store-away,store-full,strikes}.test.ts',
];
const real = {
  globalSetup: ['test/build.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Processes, databases and browsers on a machine that others use too: the report says which test needed a second try.
  retry: process.env['CI'] === undefined ? 0 : 1,
};

/**
 * Three projects. `unit` needs only memory and stands beside the code; `commands` and `real` need a process, a file or a
 * server and run from what `tsc` built, so they are also the test of the package that users get.
 */
export default defineConfig({
  test: {
    projects: [
      // What needs only memory keeps nothing that another file could see: they share their workers.
      {
        resolve: { alias },
        test: { name: 'unit', include: ['src/**/*.test.ts', 'dashboard/**/*.test.ts'], isolate: false },
      },
      {
        resolve: { alias },
        test: {
          ...real,
          name: 'commands',
          include: COMMANDS,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { alias },
        test: {
          ...real,
          name: 'real',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: COMMANDS,
          // They start many processes and measure some of them: one file at a time, however many cores there are.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

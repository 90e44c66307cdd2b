import { defineConfig } from 'vitest/config';

const src = (path: string): string => new URL(`./src/${path}`, import.meta.url).pathname;
const alias = [
  { find: /^cutover$/, replacement: src('index.ts') },
  { find: /^cutover\/beacon$/, replacement: src('middleware/beacon.ts') },
  { find: /^cutover\/node$/, replacement: src('node/index.ts') },
  { find: /^cutover\/shadow$/, replacement: src('shadow/index.ts') },
  { find: /^cutover\/testing$/, replacement: src('testing/index.ts') },
];

/**
 * Two projects. `unit` needs only memory and stands beside the code; `real` needs a process, a file or a server
 * and runs from what `tsc` built, so it is also the test of the package that users get.
 */
export default defineConfig({
  test: {
    projects: [
      { resolve: { alias }, test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      {
        resolve: { alias },
        test: {
          name: 'real',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          globalSetup: ['test/build.ts'],
          // They start many processes and measure some of them: one file at a time, however many cores there are.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

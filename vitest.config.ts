/**
 * How the tests run: from the sources, with no build. The `millrace-source` condition is set for vite's resolver and, through
 * `execArgv`, for the workers and for any process a test forks from them.
 */
import { availableParallelism } from 'node:os';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Not 'module': Node does not know that condition, and what packages offer under it is for bundlers.
const conditions = ['millrace-source', ...defaultServerConditions.filter((condition) => condition !== 'module')];

/**
 * Suites that start and kill processes, fill disks or cut connections, again and again, and the one that repeats the ledger's suite on
 * PostgreSQL through JSON: `npm run test:slow`.
 */
const SLOW = [
  'tests/{cli,crash,faults,simulation}/**/*.test.ts',
  'tests/features/isolation/**/*.test.ts',
  'packages/*/src/faults/**/*.test.ts',
  'packages/ledger/src/postgres-json.test.ts',
  'tools/docs-check/examples.test.ts',
  'scripts/**/*.test.mjs',
];
/** Suites that share a worker process with others: they leave nothing behind in it. */
const UNITS = ['packages/{engine,kernel,ledger,views}/src/**/*.test.ts', 'tools/**/*.test.ts'];
const ALL = ['{packages,integrations}/*/src/**/*.test.ts', '{tests,tools}/**/*.test.ts', 'scripts/**/*.test.mjs'];
const OUTSIDE = ['**/node_modules/**', '**/dist/**', '**/.node/**', '**/fixtures/**'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['millrace-source', 'node'] } },
  test: {
    pool: 'forks',
    // Vitest leaves one core to itself; a test waits for a database most of the time, so that core would be idle.
    maxWorkers: availableParallelism(),
    execArgv: ['--conditions=millrace-source'],
    globalSetup: ['tools/vitest/home.ts', 'tools/vitest/postgres.ts'],
    reporters: ['default', './tools/vitest/summary-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    passWithNoTests: true,
    projects: [
      { extends: true, test: { name: 'units', include: UNITS, exclude: [...OUTSIDE, ...SLOW], isolate: false } },
      { extends: true, test: { name: 'features', include: ALL, exclude: [...OUTSIDE, ...SLOW, ...UNITS] } },
      { extends: true, test: { name: 'slow', include: SLOW, exclude: OUTSIDE } },
    ],
  },
});

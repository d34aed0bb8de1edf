/**
 * How the tests run: from the sources, with no build. The `millrace-source` condition is set for vite's resolver and, through
 * `execArgv`, for the workers and for any process a test forks from them.
 */
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Not 'module': Node does not know that condition, and what packages offer under it is for bundlers.
const conditions = ['millrace-source', ...defaultServerConditions.filter((condition) => condition !== 'module')];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['millrace-source', 'node'] } },
  test: {
    include: [
      '{packages,integrations}/*/src/**/*.test.ts',
      'tests/**/*.test.ts',
      'tools/**/*.test.ts',
      'scripts/**/*.test.mjs',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.node/**', '**/fixtures/**'],
    pool: 'forks',
    execArgv: ['--conditions=millrace-source'],
    globalSetup: ['tools/vitest/home.ts', 'tools/vitest/postgres.ts'],
    reporters: ['default', './tools/vitest/summary-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    passWithNoTests: true,
  },
});

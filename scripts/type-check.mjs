/** Type-checks the sources, tests, type tests, tools and examples in one go. Prints nothing when all is well. */
import { run, TSC } from './setup/run.mjs';

process.exitCode = run(process.execPath, [TSC, '-p', 'tsconfig.tests.json', ...process.argv.slice(2)]);

/** `npm start`: runs the seed example through the command line, as a user would. */
import { run } from '../setup/run.mjs';

process.exitCode = run(process.execPath, [
  'packages/millrace/bin/millrace.js',
  'run',
  'examples/seed/seed.ts',
  ...process.argv.slice(2),
]);

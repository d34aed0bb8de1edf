/** `npm start`: runs the seed example through the command line, as a user would. */
import { run } from '../setup/run.mjs';

// The command suggested at the end has to work as it is printed, with the Node that was fetched.
process.env['MILLRACE_COMMAND'] = 'npm run -s millrace --';
process.exitCode = run(process.execPath, [
  'packages/millrace/bin/millrace.js',
  'run',
  'examples/seed/seed.ts',
  ...process.argv.slice(2),
]);

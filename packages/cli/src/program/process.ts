/** Declares the commands that run flows in this process: `run` and `serve`. */
import type { Command } from 'commander';
import { act, type Carry, collect, wholeNumber } from './act.ts';

export function declareProcess(program: Command, carry: Carry): void {
  act(
    program
      .command('run')
      .summary('Run a flow of a file.')
      .description(
        'Run a flow of a file and show its runs. Exit code: 0 completed, 1 not, 2 usage, 130 and 143 on signals.',
      )
      .argument('<file[:flow]>', 'the module, and which of its flows; by default the only one')
      .option(
        '-p, --param <name=value>',
        'a parameter; JSON where it is JSON, text otherwise (again for more)',
        collect,
      )
      .option('--param-json <json>', 'all parameters: an object by name, or a list in order')
      .option('--key <key>', 'idempotency key: the same key is the same run')
      .option('-q, --quiet', 'nothing about the run, only what the program itself prints'),
    carry,
    { names: ['target'], load: async () => (await import('../commands/process/run.ts')).runFlow },
  );
  act(
    program
      .command('serve')
      .summary("Take up runs of a file's flows.")
      .description(
        'Take up what flows have left: runs of dead processes, sleepers that are due, runs that were resumed or signalled. Ends with Ctrl-C. With --json, one JSON document a line.',
      )
      .argument('<file[:flow]>', 'the module, and which of its flows; by default all')
      .option('--limit <n>', 'at most so many runs at once', wholeNumber(1)),
    carry,
    { names: ['target'], load: async () => (await import('../commands/process/serve.ts')).serveFlows },
  );
}

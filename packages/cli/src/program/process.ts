/** Declares the commands that run flows in this process: `run` and `serve`. */
import type { Command } from 'commander';
import { act, type Invoke, collect, wholeNumber } from './act.ts';

export function declareProcess(program: Command, invoke: Invoke): void {
  act(
    program
      .command('run')
      .summary('Run a flow of a file.')
      .description(
        'Run a flow of a file and show its runs. Exit code: 0 completed, 1 not completed, 2 usage, 130 and 143 after signals.',
      )
      .argument('<file[:flow]>', 'the module, and one of its flows; by default its only flow')
      .option('-p, --param <name=value>', 'a parameter: JSON, or a string (repeatable)', collect)
      .option('--param-json <json>', 'all parameters: an object by name, or an array in order')
      .option('--key <key>', 'idempotency key: equal keys mean the same run')
      .option('-q, --quiet', "print only the program's own output"),
    invoke,
    { names: ['target'], load: async () => (await import('../commands/process/run.ts')).runFlow },
  );
  act(
    program
      .command('serve')
      .summary("Serve a file's flows.")
      .description(
        'Invoke submitted runs, and continue runs of dead processes, due sleepers, and runs that were resumed or signalled. Ctrl-C stops. With --json, one JSON document per line.',
      )
      .argument('<file[:flow]>', 'the module, and one of its flows; by default all')
      .option('--limit <n>', 'maximum number of runs at once', wholeNumber(1)),
    invoke,
    { names: ['target'], load: async () => (await import('../commands/process/serve.ts')).serveFlows },
  );
}

/** Declares `millrace global-concurrency-limit`, or `gcl`. */
import type { Command } from 'commander';
import { act, type Invoke, limitOption, positiveNumber, wholeNumber } from './act.ts';

const decayHelp = 'slots that are returned per second, for rateLimit()';

export function declareLimits(program: Command, invoke: Invoke): void {
  const limits = program
    .command('global-concurrency-limit')
    .alias('gcl')
    .description('Concurrency limits shared by all processes on the database.');
  act(limits.command('ls').description('List limits by name.').addOption(limitOption(100)), invoke, {
    load: async () => (await import('../commands/global-concurrency-limit/ls.ts')).listLimits,
  });
  act(limits.command('inspect').description('Show a limit and the holders of its slots.').argument('<name>'), invoke, {
    names: ['name'],
    load: async () => (await import('../commands/global-concurrency-limit/inspect.ts')).inspectLimit,
  });
  act(
    limits
      .command('create')
      .description('Create a limit.')
      .argument('<name>')
      .requiredOption('-l, --limit <n>', 'number of slots', wholeNumber(0))
      .option('--slot-decay-per-second <n>', decayHelp, positiveNumber)
      .option('--inactive', 'create it without effect'),
    invoke,
    { names: ['name'], load: async () => (await import('../commands/global-concurrency-limit/create.ts')).createLimit },
  );
  act(
    limits
      .command('update')
      .description('Change a limit. Held slots stay held.')
      .argument('<name>')
      .option('-l, --limit <n>', 'number of slots', wholeNumber(0))
      .option('--slot-decay-per-second <n>', decayHelp, positiveNumber)
      .option('--active', 'enforce it')
      .option('--inactive', 'stop enforcing it'),
    invoke,
    { names: ['name'], load: async () => (await import('../commands/global-concurrency-limit/update.ts')).updateLimit },
  );
  act(limits.command('delete').description('Delete a limit. Waiting callers continue.').argument('<name>'), invoke, {
    names: ['name'],
    load: async () => (await import('../commands/global-concurrency-limit/delete.ts')).deleteLimit,
  });
}

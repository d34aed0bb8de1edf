/** Declares `millrace global-concurrency-limit`, or `gcl`. */
import type { Command } from 'commander';
import { act, type Carry, limitOption, positiveNumber, wholeNumber } from './act.ts';

const decayHelp = 'how many slots come back a second, for rateLimit()';

export function declareLimits(program: Command, carry: Carry): void {
  const limits = program
    .command('global-concurrency-limit')
    .alias('gcl')
    .description('Limits that all processes on the database share.');
  act(limits.command('ls').description('List limits by name.').addOption(limitOption(100)), carry, {
    load: async () => (await import('../commands/global-concurrency-limit/ls.ts')).listLimits,
  });
  act(limits.command('inspect').description('Show a limit and who holds its slots.').argument('<name>'), carry, {
    names: ['name'],
    load: async () => (await import('../commands/global-concurrency-limit/inspect.ts')).inspectLimit,
  });
  act(
    limits
      .command('create')
      .description('Make a limit.')
      .argument('<name>')
      .requiredOption('-l, --limit <n>', 'how many slots it has', wholeNumber(0))
      .option('--slot-decay-per-second <n>', decayHelp, positiveNumber)
      .option('--inactive', 'hold nobody back yet'),
    carry,
    { names: ['name'], load: async () => (await import('../commands/global-concurrency-limit/create.ts')).createLimit },
  );
  act(
    limits
      .command('update')
      .description('Change a limit. Slots that are held stay held.')
      .argument('<name>')
      .option('-l, --limit <n>', 'how many slots it has', wholeNumber(0))
      .option('--slot-decay-per-second <n>', decayHelp, positiveNumber)
      .option('--active', 'hold back who finds no slot')
      .option('--inactive', 'hold nobody back'),
    carry,
    { names: ['name'], load: async () => (await import('../commands/global-concurrency-limit/update.ts')).updateLimit },
  );
  act(limits.command('delete').description('Delete a limit; whoever waits for it goes on.').argument('<name>'), carry, {
    names: ['name'],
    load: async () => (await import('../commands/global-concurrency-limit/delete.ts')).deleteLimit,
  });
}

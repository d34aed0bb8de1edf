/** Declares `millrace task-run`. */
import type { Command } from 'commander';
import { act, type Carry, collect, limitOption } from './act.ts';

export function declareTaskRun(program: Command, carry: Carry): void {
  const taskRun = program.command('task-run').description('Look at task runs.');
  act(
    taskRun
      .command('ls')
      .description('List task runs, newest first.')
      .option('--flow-run <id>', 'directly in this flow run')
      .option('--task <name>', 'of this task')
      .option('--state <type>', 'in this type or name of state, such as FAILED or NotReady (again for more)', collect)
      .option('--tag <tag>', 'with this tag (again for more)', collect)
      .addOption(limitOption(15)),
    carry,
    { load: async () => (await import('../commands/task-run/ls.ts')).listTaskRuns },
  );
  act(
    taskRun
      .command('inspect')
      .description('Show all that is recorded of a task run.')
      .argument('<id>', "a task run's id, or at least 4 characters of it"),
    carry,
    { names: ['id'], load: async () => (await import('../commands/task-run/inspect.ts')).inspectTaskRun },
  );
}

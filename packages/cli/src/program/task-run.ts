/** Declares `millrace task-run`. */
import type { Command } from 'commander';
import { act, type Invoke, collect, limitOption } from './act.ts';

export function declareTaskRun(program: Command, invoke: Invoke): void {
  const taskRun = program.command('task-run').description('Show task runs.');
  act(
    taskRun
      .command('ls')
      .description('List task runs, newest first.')
      .option('--flow-run <id>', 'directly in this flow run')
      .option('--task <name>', 'of this task')
      .option('--state <type>', 'in this state, such as FAILED or NotReady (repeatable)', collect)
      .option('--tag <tag>', 'with this tag (repeatable)', collect)
      .addOption(limitOption(15)),
    invoke,
    { load: async () => (await import('../commands/task-run/ls.ts')).listTaskRuns },
  );
  act(
    taskRun
      .command('inspect')
      .description('Show everything recorded about a task run.')
      .argument('<id>', "a task run's id, or at least 4 characters of it"),
    invoke,
    { names: ['id'], load: async () => (await import('../commands/task-run/inspect.ts')).inspectTaskRun },
  );
}
